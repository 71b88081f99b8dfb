/**
 * Containers that hold their audio themselves, by the names of FFmpeg's demuxers; a version that lacks one passes over its name. Playlists and
 * manifests (HLS, DASH, ffconcat, SDP …) are not among them: they make FFmpeg open other files, so that a result would no longer depend on
 * the file that was named.
 */
const CONTAINERS: readonly string[] = [
  ...['wav', 'w64', 'aiff', 'au', 'caf', 'voc', 'ircam', 'pvf', 'sox', 'avr', 'iff'],
  ...['mp3', 'aac', 'loas', 'ac3', 'eac3', 'dts', 'dtshd', 'truehd', 'mlp', 'amr', 'gsm', 'qcp'],
  ...['flac', 'ape', 'wv', 'tta', 'tak', 'shn', 'mpc', 'mpc8', 'dsf'],
  ...['ogg', 'mov', 'matroska', 'asf', 'xwma', 'rm', 'oma', 'aa', 'avi', 'flv', 'mpeg', 'mpegts', 'mxf', 'nut'],
];

/** FFmpeg's options for an input that nobody vouches for: local files only, and only containers that name no other file. */
export const TRUST = { protocol_whitelist: 'file', format_whitelist: CONTAINERS.join(',') } as const;
