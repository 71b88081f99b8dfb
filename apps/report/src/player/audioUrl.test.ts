import type { ClipColumns, PageAudio } from '@refrain/pruned-dataset';
import { describe, expect, it } from 'vitest';
import { audioUrl, whySilent } from './audioUrl.ts';

const PAGE = 'file:///home/me/pruned/report.html';
const clips = (...path: (string | null)[]) => ({ path }) as unknown as ClipColumns;
const beside: PageAudio = { from: 'relative', base: '../music/' };

describe('the URL of a file beside the page', () => {
  it.each([
    'a#b.wav',
    'what?.wav',
    '100%.wav',
    '%2e%2e/x.wav',
    '<script>alert(1)</script>.wav',
    `"quoted" 'twice'.wav`,
    'שלום-‮evil.wav',
    '🎺🎻.wav',
    'two\nlines\r.wav',
    'a;b&c=d+e f.wav',
    'javascript:alert(1)',
    '//elsewhere.example/x.wav',
    `${'long'.repeat(75)}.wav`,
  ])('of %j leads to that very file', (name) => {
    const url = new URL(audioUrl(beside, clips(name), 0, PAGE)!);
    expect([url.protocol, url.host, url.search, url.hash]).toEqual(['file:', '', '', '']);
    expect(decodeURIComponent(url.pathname)).toBe(`/home/me/music/${name}`);
  });

  it('keeps the folders of a path', () => {
    expect(audioUrl(beside, clips('b/c d/e.mp3'), 0, PAGE)).toBe('file:///home/me/music/b/c%20d/e.mp3');
  });

  it('exists for half a surrogate pair', () => {
    expect(audioUrl(beside, clips('\ud83c.wav'), 0, PAGE)).toBe('file:///home/me/music/%EF%BF%BD.wav');
  });
});

it('other places have URLs of their own, or none', () => {
  const served: PageAudio = { from: 'served' };
  expect(audioUrl(served, clips('a', '../../etc/passwd'), 1, 'http://127.0.0.1:8000/')).toBe(
    'http://127.0.0.1:8000/audio/1',
  );
  expect(audioUrl(served, clips(null), 0, 'http://127.0.0.1:8000/')).toBeUndefined();
  const embedded: PageAudio = { from: 'embedded', embedded: { 1: 'data:audio/wav;base64,AA' } };
  expect([0, 1].map((place) => audioUrl(embedded, clips('a', 'b'), place, PAGE))).toEqual([
    undefined,
    'data:audio/wav;base64,AA',
  ]);
  expect(audioUrl({ from: 'none' }, clips('a'), 0, PAGE)).toBeUndefined();
});

it('silence has its reason', () => {
  expect(whySilent(beside, clips('a'))).toBeUndefined();
  expect(whySilent({ from: 'none' }, clips('a'))).toMatch(/server/);
  expect(whySilent({ from: 'none' }, clips(null))).toMatch(/without audio/);
});
