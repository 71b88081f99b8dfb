import type { PruningPage, SoundPicture } from '@refrain/pruned-dataset';
import { useEffect, useRef } from 'preact/hooks';
import { clock } from '../format.ts';
import { onThemeChange } from '../frame/themeChange.ts';
import { bytesOf } from './bytes.ts';
import type { Player } from './player.ts';
import { usePlayerState } from './usePlayer.ts';

const STEP_SECONDS = 1;

/** Waveform and spectrogram of a clip with the place that is heard; a click or the arrow keys go elsewhere. */
export function SoundView({
  page,
  place,
  player,
}: {
  readonly page: PruningPage;
  readonly place: number;
  readonly player: Player;
}) {
  const state = usePlayerState(player);
  const picture = page.audio.pictures?.[place];
  const length = player.lengthOf(place);
  const canSeek = player.canPlay(place) && Number.isFinite(length);
  if (picture === undefined && !canSeek) return <p class="hint">No picture of this clip, and no audio.</p>;
  // Both sides show the place, since that is where switching goes on.
  const at = Math.min(state.at, Number.isFinite(length) ? length : 0);
  const seek = (to: number) => player.seek(place, Math.min(Math.max(0, to), length));
  const onPointer = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * length);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: STEP_SECONDS, ArrowLeft: -STEP_SECONDS }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    seek(at + step);
  };
  const pictures = picture === undefined ? <div class="blank" /> : <Pictures picture={picture} />;
  if (!canSeek) return <div class="sound">{pictures}</div>;
  return (
    <div
      class="sound seekable"
      role="slider"
      tabIndex={0}
      aria-label={`Place in ${page.clips.id[place]}`}
      aria-valuemin={0}
      aria-valuemax={Math.round(length * 10) / 10}
      aria-valuenow={Math.round(at * 10) / 10}
      aria-valuetext={`${clock(at)} of ${clock(length)}`}
      onClick={onPointer}
      onKeyDown={onKey}
    >
      {pictures}
      <div class="playhead" style={{ left: `${(at / length) * 100}%` }} />
      <span class="clock">
        {clock(at)} / {clock(length)}
      </span>
    </div>
  );
}

function Pictures({ picture }: { readonly picture: SoundPicture }) {
  const wave = useRef<HTMLCanvasElement>(null);
  const spectrogram = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const draw = () => {
      drawWaveform(wave.current!, bytesOf(picture.peaks));
      drawSpectrogram(spectrogram.current!, bytesOf(picture.spectrogram), picture.bands);
    };
    draw();
    return onThemeChange(draw);
  }, [picture]);
  return (
    <>
      <canvas ref={wave} class="waveform" height={48} />
      <canvas ref={spectrogram} class="spectrogram" />
    </>
  );
}

function drawWaveform(canvas: HTMLCanvasElement, peaks: Uint8Array): void {
  canvas.width = peaks.length * 2;
  const { height } = canvas;
  const context = canvas.getContext('2d')!;
  context.fillStyle = getComputedStyle(canvas).color;
  peaks.forEach((peak, i) => {
    const size = Math.max(1, (peak / 255) * height);
    context.fillRect(i * 2, (height - size) / 2, 1.4, size);
  });
}

/** Louder is nearer to the colour of the ink. */
function drawSpectrogram(canvas: HTMLCanvasElement, values: Uint8Array, bands: number): void {
  const columns = Math.floor(values.length / bands);
  if (columns === 0) return;
  [canvas.width, canvas.height] = [columns, bands];
  const context = canvas.getContext('2d')!;
  const ink = getComputedStyle(canvas).color.match(/\d+/g)!.slice(0, 3).map(Number);
  const image = context.createImageData(columns, bands);
  for (let band = 0; band < bands; band++)
    for (let column = 0; column < columns; column++)
      image.data.set([...ink, values[band * columns + column]!], ((bands - 1 - band) * columns + column) * 4);
  context.putImageData(image, 0, 0);
}
