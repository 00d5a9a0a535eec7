// @ts-check
/**
 * Two soft tones for each announcement, one after the other and never cut. A browser that has no
 * permission to sound yet is asked for it by a key or a touch; until then the screen is muted, and
 * says so.
 */

/** Hertz, and seconds from the chime's beginning. */
const TONES = /** @type {const} */ ([[784, 0], [587.3, 0.32]]);
const LASTS_S = 1.25;
/** Chimes that wait for their turn; a burst of calls needs no more. */
const MOST_WAITING = 3;
const LOUD = 0.32;

export class Chime {
  /** @param {boolean} silent a screen that is meant to be @param {() => void} changed when `muted` may have changed */
  constructor(silent, changed) {
    /** @type {AudioContext | null} */
    this.context = null;
    this.silent = silent;
    this.freeAt = 0;
    if (silent || typeof AudioContext === "undefined") return;
    this.context = new AudioContext();
    this.context.onstatechange = changed;
    this.wake();
  }

  /** Whether a call would not be heard although it should. */
  get muted() {
    return !this.silent && (this.context === null || this.context.state !== "running");
  }

  /** Asks for permission; a person's key or touch gives it. */
  wake() {
    if (this.context && this.context.state !== "running") this.context.resume().catch(() => undefined);
  }

  ring() {
    const { context } = this;
    if (!context || this.muted) return;
    const now = context.currentTime;
    const at = Math.max(now, this.freeAt);
    if (at - now > MOST_WAITING * LASTS_S) return;
    for (const [pitch, after] of TONES) tone(context, pitch, at + after);
    this.freeAt = at + LASTS_S;
  }
}

/** @param {AudioContext} context @param {number} pitch @param {number} at */
function tone(context, pitch, at) {
  const gain = context.createGain();
  gain.connect(context.destination);
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(LOUD, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.9);
  // A little of the octave makes it a bell.
  [[pitch, "sine"], [pitch * 2, "sine"]].forEach(([frequency], nth) => {
    const part = context.createGain();
    part.gain.value = nth === 0 ? 1 : 0.18;
    part.connect(gain);
    const source = context.createOscillator();
    source.frequency.value = Number(frequency);
    source.connect(part);
    source.start(at);
    source.stop(at + 0.95);
  });
}
