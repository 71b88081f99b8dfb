import type { ClipColumns } from '@refrain/pruned-dataset';

/** What is heard: a clip, whether it plays, and where in it, in seconds from the clip's start. */
export interface PlayerState {
  readonly place: number | null;
  readonly isPlaying: boolean;
  readonly at: number;
  readonly error: string | null;
}

/** One audio element for all clips, so that another clip can go on where this one is. */
export class Player {
  state: PlayerState = { place: null, isPlaying: false, at: 0, error: null };
  readonly #element: HTMLAudioElement;
  readonly #clips: ClipColumns;
  readonly #urlOf: (place: number) => string | undefined;
  /** Where to go once the length is known, for browsers that forget what was set before. */
  #wanted: number | undefined;
  #frame = 0;
  readonly #listeners = new Set<() => void>();

  /** Takes the element over: nobody else may set its source. */
  constructor(element: HTMLAudioElement, clips: ClipColumns, urlOf: (place: number) => string | undefined) {
    this.#element = element;
    this.#clips = clips;
    this.#urlOf = urlOf;
    element.preload = 'auto';
    element.addEventListener('loadedmetadata', () => this.#arrive());
    element.addEventListener('playing', () => this.#keepFollowing());
    for (const event of ['play', 'pause', 'ended', 'timeupdate', 'seeked', 'loadedmetadata'])
      element.addEventListener(event, () => this.#follow());
    element.addEventListener('error', () => this.#fail());
  }

  /** Calls `listener` at every change of `state`, and returns what stops that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Length of the clip in seconds; NaN where nobody knows it yet. */
  lengthOf(place: number): number {
    const known = this.#clips.seconds[place];
    if (known != null) return known;
    return place === this.state.place ? this.#element.duration - this.#startOf(place) : Number.NaN;
  }

  canPlay(place: number): boolean {
    return this.#urlOf(place) !== undefined;
  }

  /** Plays a clip, from `at` or from where the one before is: that is what comparing two takes. */
  async play(place: number, at = this.#continuation(place)): Promise<void> {
    const url = this.#urlOf(place);
    if (url === undefined) return;
    this.#load(place, url, at);
    try {
      await this.#element.play();
    } catch (error) {
      // A newer call has taken the element, which is no fault.
      if ((error as DOMException).name !== 'AbortError') this.#fail();
    }
  }

  pause(): void {
    this.#element.pause();
  }

  /** Falls silent; what is played next begins at its start. */
  stop(): void {
    this.#element.pause();
    if (this.state.place !== null) this.seek(this.state.place, 0);
  }

  toggle(place: number): void {
    if (this.state.isPlaying && this.state.place === place) this.pause();
    else void this.play(place);
  }

  /** Goes to another clip at the same place, playing on where one plays. */
  switchTo(place: number): void {
    if (this.state.isPlaying) void this.play(place);
    else this.seek(place, this.#continuation(place));
  }

  seek(place: number, at: number): void {
    const url = this.#urlOf(place);
    if (url !== undefined) this.#load(place, url, at);
  }

  #load(place: number, url: string, at: number): void {
    if (this.state.place !== place) {
      this.#element.src = url;
      this.#set({ place, at, error: null });
    }
    // Before anything is loaded this sets where playing will start.
    this.#element.currentTime = this.#startOf(place) + at;
    this.#wanted = this.#element.readyState === 0 ? this.#startOf(place) + at : undefined;
    this.#set({ at });
  }

  /** Where a clip goes on after the one that was heard; at its start where that was over. */
  #continuation(place: number): number {
    const at = this.#at();
    const length = this.lengthOf(place);
    return at >= (Number.isNaN(length) ? Number.POSITIVE_INFINITY : length - 0.05) ? 0 : at;
  }

  /** Where in the clip the element is, which says so seldom of itself. */
  #at(): number {
    const { place, at } = this.state;
    if (place === null || this.#element.readyState === 0) return at;
    return Math.max(0, this.#element.currentTime - this.#startOf(place));
  }

  /** Follows frame by frame while something plays. */
  #keepFollowing(): void {
    this.#follow();
    cancelAnimationFrame(this.#frame);
    if (this.state.isPlaying) this.#frame = requestAnimationFrame(() => this.#keepFollowing());
  }

  #arrive(): void {
    if (this.#wanted !== undefined && Math.abs(this.#element.currentTime - this.#wanted) > 0.2)
      this.#element.currentTime = this.#wanted;
    this.#wanted = undefined;
  }

  #startOf(place: number): number {
    return this.#clips.start[place] ?? 0;
  }

  #follow(): void {
    const { place } = this.state;
    if (place === null) return;
    const length = this.lengthOf(place);
    const at = this.#at();
    const isOver = at >= length;
    if (isOver && !this.#element.paused) this.#element.pause();
    this.#set({ at: isOver ? length : at, isPlaying: !this.#element.paused && !isOver });
  }

  #fail(): void {
    if (this.state.place !== null && this.state.error === null)
      this.#set({
        isPlaying: false,
        error: 'This clip cannot be played here: its file is not there, or of a format that the browser lacks.',
      });
  }

  #set(change: Partial<PlayerState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
