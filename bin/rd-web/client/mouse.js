// Mouse and pen. Locked, the pointer moves without end and as the hand does,
// which is what games and 3D programs want.

import * as cursor from './cursor.js';
import * as pointer from './pointer.js';
import { commit, focus, isDown, reconcile } from './keyboard.js';

const LINE = pointer.NOTCH / 3;
const PAGE = pointer.NOTCH * 10;
const PIXEL = pointer.NOTCH / 60; // what a notch scrolls in most programs

const stage = document.getElementById('stage');

const isLocked = () => document.pointerLockElement === stage;
const isOurs = ({ pointerType }) => pointerType !== 'touch';

const onmove = event => {
  cursor.setByFinger(false);
  if (!isLocked())
    pointer.moveTo(event.clientX, event.clientY);
  else if (event.type === 'pointermove')
    pointer.turnBy(event.movementX, event.movementY);
};

const onrawmove = event => isOurs(event) && onmove(event);

// While one button is down the others come as pointermove: the bits tell.
const onpointer = event => {
  if (!isOurs(event))
    return;
  reconcile(event);
  onmove(event);
  if (event.buttons === pointer.buttons())
    return;
  commit();
  pointer.setButtons(event.buttons);
};

const onpointerdown = event => {
  if (!isOurs(event))
    return;
  event.preventDefault();
  focus();
  if (event.pointerId && !isLocked())
    stage.setPointerCapture(event.pointerId); // drags may leave the window
  onpointer(event);
};

const onpointerleave = event => isOurs(event) && cursor.follow(null);

const onpointercancel = event => isOurs(event) && pointer.releaseAll();

// A notched wheel says exactly how many notches; all else says how far.
const units = (delta, wheelDelta, mode) => {
  if (wheelDelta && wheelDelta % pointer.NOTCH === 0 && wheelDelta !== -3 * delta)
    return -wheelDelta;
  return delta * [PIXEL, LINE, PAGE][mode];
};

const onwheel = event => {
  event.preventDefault();
  reconcile(event);
  commit();
  onmove(event);
  // Firefox counts in lines for those who ask for the mode first.
  const { deltaMode, deltaX, deltaY, wheelDeltaX, wheelDeltaY, shiftKey, ctrlKey } = event;
  const turn = [units(deltaX, wheelDeltaX, deltaMode), units(deltaY, wheelDeltaY, deltaMode)];
  if (shiftKey && !deltaY)
    turn.reverse(); // the session turns Shift and wheel sideways itself
  if (ctrlKey && !isDown('ctrlKey')) // two fingers on a touchpad
    pointer.pinch(deltaY / -100);
  else
    pointer.scroll(...turn);
};

export const toggleLock = async () => {
  if (isLocked())
    return document.exitPointerLock();
  try {
    await stage.requestPointerLock({ unadjustedMovement: true });
  } catch (error) {
    if (error.name !== 'NotSupportedError')
      throw error;
    await stage.requestPointerLock();
  }
};

// onlock(locked)
export const init = ({ onlock }) => {
  Object.assign(stage, { onpointerleave, onpointercancel, onlostpointercapture: onpointercancel });
  for (const type of ['pointermove', 'pointerup'])
    stage.addEventListener(type, onpointer);
  stage.addEventListener('pointerdown', onpointerdown);
  stage.addEventListener('pointerrawupdate', onrawmove); // before the frame pointermove waits for
  stage.addEventListener('wheel', onwheel, { passive: false });
  document.addEventListener('pointerlockchange', () => {
    pointer.setRelative(isLocked());
    onlock(isLocked());
  });
  addEventListener('blur', pointer.releaseAll);
};
