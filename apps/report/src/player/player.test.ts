import type { ClipColumns } from '@refrain/pruned-dataset';
import { expect, it } from 'vitest';
import { Player } from './player.ts';

/** As much of an audio element as the player uses; whoever holds it moves it on. */
class Tape extends EventTarget {
  src = '';
  preload = '';
  currentTime = 0;
  duration = 60;
  readyState = 4;
  paused = true;
  async play() {
    this.paused = false;
    this.dispatchEvent(new Event('play'));
  }
  pause() {
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }
  moveTo(seconds: number) {
    this.currentTime = seconds;
    this.dispatchEvent(new Event('timeupdate'));
  }
}

/** Clips 0 and 1 are files of 30 s, 2 is 10 s of a file from its second 20 on, 3 has no audio. */
const clips = { start: [null, null, 20, null], seconds: [30, 30, 10, null] } as unknown as ClipColumns;

function made() {
  const tape = new Tape();
  const player = new Player(tape as unknown as HTMLAudioElement, clips, (place) =>
    place === 3 ? undefined : `${place}`,
  );
  return { tape, player };
}

it('goes on with the other clip at the same place, even between two reports of the element', async () => {
  const { tape, player } = made();
  await player.play(0);
  tape.currentTime = 7.5;
  player.switchTo(1);
  expect([tape.src, tape.currentTime, tape.paused]).toEqual(['1', 7.5, false]);
  player.pause();
  player.switchTo(0);
  expect([tape.src, tape.currentTime, tape.paused]).toEqual(['0', 7.5, true]);
});

it('plays the part of a file that a clip is, and no more', async () => {
  const { tape, player } = made();
  await player.play(2);
  expect(tape.currentTime).toBe(20);
  tape.moveTo(24);
  expect(player.state).toMatchObject({ at: 4, isPlaying: true });
  player.switchTo(0);
  expect(tape.currentTime).toBe(4);
  player.switchTo(2);
  expect(tape.currentTime).toBe(24);
  tape.moveTo(30.1);
  expect(player.state).toMatchObject({ at: 10, isPlaying: false });
  expect(tape.paused).toBe(true);
});

it('begins at the start after the end, and with another pair', async () => {
  const { tape, player } = made();
  await player.play(0);
  tape.moveTo(30);
  await player.play(1);
  expect(tape.currentTime).toBe(0);
  tape.moveTo(5);
  player.stop();
  expect(player.state).toMatchObject({ at: 0, isPlaying: false });
});

it('leaves clips without audio alone, and says what cannot be played', async () => {
  const { tape, player } = made();
  expect([0, 3].map((place) => player.canPlay(place))).toEqual([true, false]);
  await player.play(3);
  expect(tape.src).toBe('');
  await player.play(0);
  tape.dispatchEvent(new Event('error'));
  expect(player.state.error).toMatch(/cannot be played/);
  await player.play(1);
  expect(player.state.error).toBeNull();
});
