import type { PruningPage } from '@refrain/pruned-dataset';
import { useEffect, useReducer, useState } from 'preact/hooks';
import { audioUrl } from './audioUrl.ts';
import { Player, type PlayerState } from './player.ts';

/** The page's one player. */
export function usePlayer({ audio, clips }: PruningPage): Player {
  const [player] = useState(() => {
    const element = document.createElement('audio');
    element.id = 'audio';
    document.body.append(element);
    return new Player(element, clips, (place) => audioUrl(audio, clips, place, document.baseURI));
  });
  return player;
}

/** What the player does now; whoever asks is drawn again when that changes. */
export function usePlayerState(player: Player): PlayerState {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => player.subscribe(() => again(undefined)), [player]);
  return player.state;
}
