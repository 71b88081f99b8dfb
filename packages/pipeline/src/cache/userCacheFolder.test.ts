import { expect, it } from 'vitest';
import { userCacheFolder } from './userCacheFolder.ts';

it('lies where programs of the system keep what can be made again', () => {
  expect(userCacheFolder('linux', {}, '/home/ada')).toBe('/home/ada/.cache/refrain');
  expect(userCacheFolder('darwin', {}, '/Users/ada')).toBe('/Users/ada/Library/Caches/refrain');
  expect(userCacheFolder('win32', {}, 'C:\\Users\\ada')).toBe('C:\\Users\\ada\\AppData\\Local\\refrain\\Cache');
  expect(userCacheFolder('win32', { LOCALAPPDATA: 'D:\\Local' }, 'C:\\Users\\ada')).toBe('D:\\Local\\refrain\\Cache');
  for (const platform of ['linux', 'darwin'] as const)
    expect(userCacheFolder(platform, { XDG_CACHE_HOME: '/fast' }, '/home/ada')).toBe('/fast/refrain');
});
