/** One voice at a time: who begins to play stops whoever played before. */
let speaking: HTMLAudioElement | undefined;

export function takeTurn(audio: HTMLAudioElement): void {
  if (speaking !== audio) speaking?.pause();
  speaking = audio;
}
