/** `value` with three digits that tell something, as people write it: a real minus sign, no exponent for common sizes; a dash for null. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const size = Math.abs(value);
  if (Number.isInteger(value)) return whole(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const small = size < 0.0005 && size >= 1e-6;
  const text = small ? value.toPrecision(1) : size < 1e-6 ? value.toExponential(1) : value.toFixed(digits);
  return text.replaceAll('-', '−');
}

/** `value` with its sign, a plus too. */
export function signed(value: number): string {
  return value > 0 ? `+${figure(value)}` : figure(value);
}

/** A whole number with thin spaces between thousands. */
export function whole(value: number): string {
  return String(value)
    .replace('-', '−')
    .replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A share of 1 in percent, without digits that mislead: never 0 % or 100 % of what is not. */
export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  if (rounded === 0 && share > 0) return 'under 1 %';
  if (rounded === 100 && share < 1) return 'over 99 %';
  return `${rounded} %`;
}

/** `1 clip`, `2 clips`. */
export function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.round(seconds - minutes * 60)} s`;
}

/** A place in a clip: `1:05.2`. */
export function clock(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - minutes * 60).toFixed(1).padStart(4, '0')}`;
}
