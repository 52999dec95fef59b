# shellcheck shell=sh
# picture.sh - what a display shows, and whether two pictures are alike

shot() { # FILE [DISPLAY]: what X shows, as PNG
	ffmpeg -nostdin -v error -f x11grab -draw_mouse 0 -i "${2:-$DISPLAY}" \
		-frames:v 1 -y "$1"
}

alike() { # A B TOLERANCE [X Y]: B, from X Y on, has all of A
	/usr/bin/python3 - "$@" <<-'END'
	import sys
	import av, numpy
	def pixels(path):
	    with av.open(path) as f:
	        return next(f.decode(video=0)).to_ndarray(format="rgb24").astype(int)
	a, b = pixels(sys.argv[1]), pixels(sys.argv[2])
	x, y = map(int, sys.argv[4:6] or (0, 0))
	b = b[y:y + a.shape[0], x:x + a.shape[1]]
	sys.exit(a.shape != b.shape or int(abs(a - b).max() > int(sys.argv[3])))
	END
}
