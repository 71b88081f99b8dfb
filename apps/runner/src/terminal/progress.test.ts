import { describe, expect, it } from 'vitest';
import { duration, showProgress } from './progress.ts';

function recorded(isTTY: boolean) {
  const written: string[] = [];
  let clock = 0;
  return {
    written,
    stream: { isTTY, write: (text: string) => written.push(text) },
    pass: (ms: number) => (clock += ms),
    now: () => clock,
  };
}

describe('progress', () => {
  it('tells rate and remaining time, a line every few seconds away from a terminal', () => {
    const { written, stream, pass, now } = recorded(false);
    const progress = showProgress(stream, 'embedding', 100, 'clips', now);
    for (let i = 0; i < 20; i++) {
      pass(1000);
      progress.advance(2);
    }
    progress.end();
    expect(written[0]).toBe('embedding: 2/100 clips, 2.0/s, 49 s left\n');
    expect(written[1]).toBe('embedding: 12/100 clips, 2.0/s, 44 s left\n');
    expect(written).toHaveLength(5);
  });

  it('tells no remaining time before it knows the pace', () => {
    const { written, stream, pass, now } = recorded(false);
    const progress = showProgress(stream, 'embedding', 5000, 'clips', now);
    for (const steps of [1, 18, 1]) {
      pass(5000);
      progress.advance(steps);
    }
    expect(written).toEqual([
      'embedding: 1/5000 clips, 0.2/s\n',
      'embedding: 19/5000 clips, 1.9/s\n',
      'embedding: 20/5000 clips, 1.3/s, 1 h 2 min left\n',
    ]);
  });

  it('redraws one line on a terminal and clears it at the end', () => {
    const { written, stream, pass, now } = recorded(true);
    const progress = showProgress(stream, 'embedding', 2, 'clips', now);
    pass(200);
    progress.advance();
    progress.end();
    expect(written[0]).toMatch(/^\r.*█.*embedding: 1\/2 clips/);
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  it('says nothing of what is quickly done', () => {
    const { written, stream, now } = recorded(false);
    showProgress(stream, 'embedding', 1, 'clips', now).end();
    expect(written).toEqual([]);
  });

  it('says times as people do', () => {
    expect([duration(42), duration(185), duration(7800)]).toEqual(['42 s', '3 min 5 s', '2 h 10 min']);
  });
});
