/** A soft bell for a gift, made of two sines. Silent until the creator asks for sound. */

let audio: AudioContext | null = null;

/** Must be called from a press: browsers let nothing sound before. */
export function wakeChime(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

/** Rings once; a dearer gift rings higher and longer. */
export function ring(coins: number): void {
  if (!audio || audio.state !== "running") return;
  const step = Math.min(6, Math.floor(Math.log10(Math.max(1, coins)) * 1.6));
  const base = 523.25 * 2 ** ([0, 2, 4, 7, 9, 12, 16][step]! / 12);
  tone(audio, base, 0, 0.9 + step * 0.15);
  tone(audio, base * 1.5, 0.09, 0.7 + step * 0.15);
}

function tone(context: AudioContext, pitch: number, wait: number, lasts: number): void {
  const begin = context.currentTime + wait;
  const bell = context.createOscillator();
  const loudness = context.createGain();
  bell.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, begin);
  loudness.gain.linearRampToValueAtTime(0.16, begin + 0.015);
  loudness.gain.exponentialRampToValueAtTime(0.0008, begin + lasts);
  bell.connect(loudness).connect(context.destination);
  bell.start(begin);
  bell.stop(begin + lasts);
}
