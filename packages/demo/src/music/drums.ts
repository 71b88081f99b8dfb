import type { Random } from '@refrain/core';
import { chance, pick } from './chance.ts';
import { type Note, parseSteps, repeatSteps, rowsOf } from './notation.ts';

/** General MIDI keys of the drums that grooves use. The crash is the second: on an orchestral kit the first one's key is a timpani. */
const DRUMS: Readonly<Record<string, number>> = Object.fromEntries(
  rowsOf(`
kick 36  stick 37  snare 38  clap 39  hat 42  pedal 44  openHat 46  lowTom 43  midTom 47  highTom 50
crash 57  ride 51  tambourine 54  shaker 70  congaHigh 63  congaLow 64  triangle 81
`)
    .flat()
    .map((drum) => drum.split(' '))
    .map(([name, key]) => [name!, Number(key)]),
);

/** Drums and their steps: `X` accent, `x` plain, `o` soft, `g` ghost. */
type Pattern = readonly (readonly [string, string])[];

/** A drum pattern, and the grooves of a bar that may take its place at the end of a phrase. */
export interface Groove {
  readonly pattern: Pattern;
  readonly fills: readonly string[];
}

/** Grooves by name, after the fills of which they are made; four beats to the bar unless the name says otherwise. */
export const GROOVES: Readonly<Record<string, Groove>> = Object.fromEntries(
  rowsOf(`
rock1              -                  kick x...x...x.......  snare ....x.......xxXX  hat x.x.x.x.x.x.....
rock2              -                  kick x.......x.......  snare ....X...xx......  highTom ..........xx....  midTom ............xx..  lowTom ..............XX
rock3              -                  kick x...x...x...x...  snare ....x..x....x.X.  highTom .........x.x....  lowTom .............x.X  hat x.x.x.x.........
swing1             -                  ride x..x.xx..x.x  snare ......g.gx.X  pedal ...x.....x..
swing2             -                  ride x..x.x......  snare ......x.xx.x  kick ...........X
dance1             -                  kick X...X...X...X...  clap ....x.......x.x.  snare ..........oxxxXX  hat ..x...x...x...x.
dance2             -                  kick X...X...X.......  snare x..x..x.x.x.xxXX  hat ..x...x...x...x.
bossa1             -                  kick x..ox..ox..ox..o  snare ......o.o..oo.x.  hat xoxoxoxox.......
shuffle1           -                  kick x.....x.....  snare ...x..xxxXXX  hat x.ox.o......
blues1             -                  kick x.....x.....  snare ...o..ooxxxX  ride xoox........
march1             -                  kick X...X...X...X...  snare xxxxx.x.xxxxX.X.
march2             -                  kick x.......x...x...  snare o.ooo.ooxxxxX...
rock beat          rock1 rock2 rock3  kick X.......X.x.....  snare ....X.......X...  hat x.o.x.o.x.o.x.o.
driving rock       rock1 rock2 rock3  kick X.....x.X.x.....  snare ....X.......X..g  hat X.x.X.x.X.x.X.x.
half-time rock     rock1 rock2 rock3  kick X.....x.........  snare ........X.......  ride x.o.x.o.x.o.x.o.
rock ride          rock1 rock2 rock3  kick X..x..x.X.....x.  snare ....X.......X...  ride X.o.x.o.X.o.x.o.
pop beat           rock1 rock2 rock3  kick X.......X..x....  snare ....x.......x...  hat xoxoxoxoxoxoxoxo
soft pop           rock3              kick x.......x.......  stick ....x.......x...  hat o.o.o.o.o.o.o.o.
tambourine         -                  tambourine o.x.o.x.o.x.o.x.  kick x.......x.......
brushes            swing1             snare o..x.go..x.g  pedal ...x.....x..  kick o.....o.....
swing ride         swing1 swing2      ride x..X.xx..X.x  pedal ...x.....x..  kick o.....o.....  snare .....g......
swing comping      swing1 swing2      ride x..X.xx..X.x  pedal ...x.....x..  snare .....o....o.  kick ........o...
bossa drums        bossa1             kick x..ox..ox..ox..o  stick x..x..x...x..x..  hat xoxoxoxoxoxoxoxo
bossa light        -                  stick x..x..x...x..x..  shaker xoxoxoxoxoxoxoxo  congaLow ......o.......xx  congaHigh ..o.......o.....
shuffle            shuffle1           kick X.....X.x...  snare ...X.....X..  hat x.ox.ox.ox.o
slow blues         blues1             kick x.......x..x  stick ...x.....x..  ride xooxooxooxoo
march              march1             kick X.......X.......  snare x..xx.xxx..xx.xx  crash o...............|................
light march        march2             kick x.......x.......  snare ..oo..oo..oo..xx
waltz drums        -                  kick x...........  snare ....o...o...  triangle ............|x...........
jig drums          -                  lowTom X..o.ox..o.o  tambourine ...x.....x..
reel drums         -                  lowTom X..oo.x.X..oo.xo  shaker o.x.o.x.o.x.o.x.
four on the floor  dance1 dance2      kick X...X...X...X...  clap ....x.......x...  hat ..x...x...x...x.
techno full        dance1 dance2      kick X...X...X...X...  clap ....X.......X...  openHat ..x...x...x...x.  hat oo.ooo.ooo.ooo.o
techno hats        dance1             hat oxXxoxXxoxXxoxXx  clap ............x...
electro            dance1 dance2      kick X..x..x...X.....  snare ....X.......X...  hat x.x.xxx.x.x.xxxo
synth-pop          rock1 rock2 rock3  kick X...x...X.x.x...  snare ....X.......X...  hat x.x.x.x.x.x.x.x.  tambourine ..o...o...o...o.
soft machine       -                  kick x.......x.....o.  stick ....o.......o...  shaker o.x.o.x.o.x.o.x.
funk beat          rock1 rock2 rock3  kick X..x..x...x..x..  snare ....X..g.g..X..g  hat x.xxx.xxx.xxx.xx
soul beat          rock1 rock2 rock3  kick X.....x.X.x.....  snare ....X.......X.g.  hat x.x.x.x.x.x.x.x.  tambourine ....x.......x...
tom pulse          -                  lowTom x.......o.......|x.......o...o.o.
`).map(([name, fills, ...drums]) => [
    name!,
    {
      pattern: drums.map((drum) => drum.split(' ') as [string, string]),
      fills: fills!.split(' ').filter((fill) => fill !== '-'),
    },
  ]),
);

const ACCENTS: Record<string, number> = { X: 1.15, x: 1, o: 0.72, g: 0.5 };

/** The notes of a groove in `beats` beats, with a fill in the last bar of every phrase of `phrase` bars and often a crash after it. */
export function playGroove(random: Random, groove: Groove, beatsPerBar: number, beats: number, phrase: number): Note[] {
  const isFill = (bar: number) => groove.fills.length > 0 && bar % phrase === phrase - 1;
  const notes: Note[] = [];
  for (const [drum, pattern] of groove.pattern) {
    for (const { token, start } of repeatSteps(pattern, beatsPerBar, beats)) {
      const bar = Math.floor(start / beatsPerBar + 1e-9);
      // Nobody plays a pattern to the letter: a soft stroke is left out now and then.
      if (isFill(bar) || (ACCENTS[token]! < 0.8 && chance(random, 0.06))) continue;
      notes.push(stroke(drum, start, token));
    }
  }
  for (let bar = 0; bar * beatsPerBar < beats; bar++) {
    if (isFill(bar))
      for (const note of playFill(GROOVES[pick(random, groove.fills)]!, bar * beatsPerBar, beatsPerBar))
        notes.push(note);
    else if (bar > 0 && isFill(bar - 1) && chance(random, 0.7)) notes.push(stroke('crash', bar * beatsPerBar, 'x'));
  }
  return notes.sort((a, b) => a.start - b.start || a.pitch - b.pitch);
}

const stroke = (drum: string, start: number, token: string): Note => ({
  pitch: DRUMS[drum]!,
  start,
  duration: 0.25,
  accent: ACCENTS[token]!,
});

function playFill({ pattern: fill }: Groove, offset: number, beatsPerBar: number): Note[] {
  return fill.flatMap(([drum, pattern]) =>
    parseSteps(pattern, beatsPerBar).map(({ token, start }) => stroke(drum, offset + start, token)),
  );
}
