// In the audio thread, for voice.js: sound in blocks of 20 ms.

registerProcessor('blocks', class extends AudioWorkletProcessor {
  block = new Float32Array(sampleRate / 50);
  have = 0;

  process([[samples]]) {
    for (let at = 0; at < (samples?.length ?? 0);) {
      const piece = samples.subarray(at, at + this.block.length - this.have);
      this.block.set(piece, this.have);
      this.have += piece.length;
      at += piece.length;
      if (this.have < this.block.length)
        continue;
      this.port.postMessage(this.block);
      this.have = 0;
    }
    return true;
  }
});
