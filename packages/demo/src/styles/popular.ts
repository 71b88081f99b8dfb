import { readStyles } from './style.ts';

/** Ballads, rock, electronic music and folk. */
export const POPULAR = readStyles(`
style         piano ballad  pop  4 beats  58–88 bpm  looseness 11  room 0.26
tracks        What the River Kept  Almost Home  Your Side of the Street  Ordinary Stars
major A       I | V/3 | vi | IV | I/3 | ii7 | IV V7 | I
major A       Iadd9 | vi7 | IVmaj7 | Vsus4 V | I | iii7 | IV | V7
major A       I | iii | IV | iv | I/5 | vi | ii7 V7 | I
major B       vi | IV | I | V | vi | IV | ii7 | Vsus4 V7
major B       IV | V/3 | iii7 | vi | ii7 | V7/V | Vsus4 | V7
minor A       i | bVI | bIII | bVII | i | iv | Vsus4 | V7
minor A       i | v7 | bVImaj7 | bIII | iv7 | i/3 | iim7b5 | V7
minor B       bIII | bVII | iv | bVI | bIII | bVII | bVI | V7
minor B       bVI | bVII | i | bIII | bVI | iv | Vsus4 | V7
melody        x---x-x-x---x--- ..x-x-x-x------- x-----x-x---x-x- x---x---x-x-x-x-  x---x----------- x---------......  0.25
solo          x-x-x-x-x---x-x- ..x-xxx-x-x-x-x- x---x-xxx-x-x---  x-x-x-----------  0.28
cast          keys: piano, piano, electric piano  lead: cello, violin, flute, oboe  strings: slow strings, strings
cast          guitar: nylon guitar, steel guitar, harp  bass: fretless bass, fingered bass  drums: standard kit, brush kit
A 0.3         intro  keys: ballad broken, nocturne, ballad flowing
A 0.4         theme  keys: nocturne, ballad block, ballad broken  right hand: theme
B 0.55        with strings  keys: ballad flowing  right hand: theme  strings: held open chords  bass: half roots
A 0.45        duet  lead: theme  keys: ballad flowing, ballad broken
B 0.75        last chorus  lead: theme  keys: pop piano  strings: held high chords  guitar: fingerpicking  bass: pop bass  drums: soft pop, pop beat
B 0.35        interlude  keys: ornamented theme  guitar: slow arpeggio, fingerpicking  strings: held chords

style         rock  rock  4 beats  104–164 bpm  looseness 7  room 0.12
tracks        Gasoline Summer  Wrong Way Tonight  Static and Chrome  Burning Through Ohio
mixolydian A  I5 | I5 | bVII | IV | I5 | I5 | bVII | IV
mixolydian A  I5 | bVII | IV | I5 | I5 | bVII | IV | V
mixolydian A  I5 | bIII5 | IV5 | bVII5 | I5 | bIII5 | IV5 | V5
mixolydian B  IV | I | V | vi | IV | I | V | V
mixolydian B  bVI | bVII | I | I | bVI | bVII | V | V
minor A       i5 | i5 | bVI5 | bVII5 | i5 | i5 | bVI5 | bVII5
minor A       i5 | bVII | bVI | bVII | i5 | bVII | bVI | V
minor A       i | bIII | bVII | iv | i | bIII | bVI | bVII
minor B       bVI | bIII | bVII | i | bVI | bIII | bVII | V
minor B       iv | bVI | i | bVII | iv | bVI | V | V
melody        x-x-x---x-x-x--- ..x-x-x-x---x-.. x---x-x-..x-x-x- x--x--x-x-------  x-x-x---x------- x-----------....  0.28
solo          x-x-xxx-x-x-x--- xxx-xxx-x-x-x-x- x---x-xxx-x-xxx-  x-xxx-----------  0.3
cast          lead: overdriven guitar, distorted guitar, saw lead, rock organ  guitar: distorted guitar, overdriven guitar
cast          clean: clean guitar, steel guitar, muted guitar  keys: rock organ, piano, drawbar organ
cast          bass: picked bass, fingered bass  drums: power kit, standard kit
A 0.5         intro  clean: rock arpeggio, driving strum  drums: tambourine, half-time rock
A 0.85        riff  guitar: riff  bass: eighth roots, syncopated rock  drums: rock beat, driving rock
A 0.7         verse  lead: theme  clean: rock arpeggio  bass: eighth roots  drums: rock beat
B 0.95        chorus  lead: theme  guitar: power chords, power held  keys: held chords  bass: driving eighths  drums: driving rock
B 0.9         solo  lead: solo  guitar: power rhythm  bass: syncopated rock  drums: rock ride
B 0.55        breakdown  keys: held open chords  clean: rock arpeggio  bass: half roots  drums: half-time rock

style         synth-pop  pop, electronic  4 beats  100–132 bpm  looseness 2  room 0.2
tracks        Telephone Heart  Neon Postcards  Weekend Satellites  Polaroid Girl
major A       I | V | vi | IV | I | V | vi | IV
major A       vi | IV | I | V | vi | IV | I | V
major A       I | iii | vi | IV | I | iii | IV | V
major B       IV | V | iii | vi | IV | V | I | I
major B       ii | IV | vi | V | ii | IV | V | V
minor A       i | bVI | bIII | bVII | i | bVI | bIII | bVII
minor A       i | bVII | bVI | bVII | i | v | bVI | bVII
minor B       bVI | bVII | v | i | bVI | bVII | bIII | bVII
minor B       iv | bVI | bIII | bVII | iv | bVI | bVII | V
melody        x-x-x-x-x---x--- x--x--x-x--x--x- ..x-x-x-x-x-x--- x---x-x-x-x-....  x-x-x---x------- x--x--x---------  0.25
solo          x-xxx-x-x-xxx-x- xxx-x-x-xxx-x-x-  x-x-x-----------  0.35
cast          lead: square lead, saw lead, clean guitar, voices  keys: electric piano, piano, polysynth
cast          pad: synth strings, warm pad, strings  arp: polysynth, muted guitar, square lead  bells: glockenspiel, celesta
cast          bass: synth bass, deep synth bass, picked bass  drums: electronic kit, 808 kit, standard kit
A 0.5         intro  arp: sequencer, synth arpeggio  pad: held chords
A 0.6         verse  lead: theme  arp: synth arpeggio  bass: eighth roots  drums: electro
B 0.85        chorus  lead: theme  keys: gated chords  pad: held open chords  bass: offbeat octaves  drums: synth-pop
A 0.65        second verse  lead: ornamented theme  keys: pop piano  bells: counter line  bass: pop bass  drums: electro
B 0.4         break  keys: pop piano, half-note chords  bells: theme  pad: held chords
B 0.8         instrumental  arp: solo  pad: held high chords  keys: techno offbeat  bass: offbeat octaves  drums: synth-pop

style         techno  electronic, dance  4 beats  122–140 bpm  looseness 1  room 0.16
tracks        Substation  Platform Twelve  Grid Reference  Night Shift Loop
minor A       i7 | i7 | i7 | i7 | bVImaj7 | bVImaj7 | v7 | v7
minor A       i | i | bVII | bVII | bVI | bVI | bVII | bVII
minor B       iv7 | iv7 | i7 | i7 | bVI | bVI | v7 | v7
minor B       bVI | bVII | i | bIII | bVI | bVII | i | v
phrygian A    i | i | bII | i | i | i | bII | bIII
phrygian A    i7 | i7 | i7 | i7 | bIImaj7 | bIImaj7 | i7 | i7
phrygian B    bII | bII | i | i | bIII | bII | i | i
dorian A      i9 | i9 | i9 | i9 | IV7 | IV7 | i9 | i9
dorian A      i7 | i7 | bVII | bVII | IV | IV | i7 | i7
dorian B      bIIImaj7 | bIIImaj7 | IV | IV | i7 | i7 | bVII | bVII
melody        x..x..x.x..x..x. x.x..x..x.x..x.. ..x...x...x.x... x..x..x.........  x..x..x.x------- x..x..x.........  0.3
solo          xxx.xx.xxx.xx.x. x.xxx.xxx.xxx.xx  xxx.x.x.........  0.4
cast          lead: square lead, saw lead, muted guitar, vibraphone  arp: polysynth, square lead, electric piano
cast          stabs: polysynth, drawbar organ, piano  pad: sweep pad, synth strings, choir
cast          bass: synth bass, deep synth bass  drums: electronic kit, 808 kit
A 0.6         build-up  arp: sequencer, slow arpeggio  drums: techno hats  bass: pulsing bass
A 0.85        groove  stabs: techno stabs  bass: rolling bass, techno bass  drums: techno full
A 0.85        theme  lead: theme  arp: sequencer  bass: offbeat octaves  drums: four on the floor
B 0.4         break  pad: held open chords  arp: slow arpeggio, synth arpeggio
B 0.95        peak  lead: riff  stabs: techno offbeat  pad: held high chords  bass: techno bass  drums: techno full
B 0.7         pads and drums  pad: gated chords  lead: theme  bass: synth line  drums: electro, four on the floor

style         ambient  ambient  4 beats  54–84 bpm  looseness 14  room 0.45
tracks        Fog over the Reservoir  Slow Light  The Sleeping Observatory  Glacier Diary
lydian A      Imaj7 | Imaj7 | II/3 | II | Imaj7 | vi7 | II | II
lydian A      Imaj9 | Imaj9 | iii7 | iii7 | II | II | Imaj9 | Imaj9
lydian B      vi7 | vi7 | Vmaj7 | Vmaj7 | Imaj7 | Imaj7 | II | II
dorian A      i9 | i9 | IV | IV | i9 | bVII | IV | IV
dorian A      i7 | bIIImaj7 | IV | i7 | bVIImaj7 | bVIImaj7 | i7 | i7
dorian B      bIIImaj7 | bVII | IV | i7 | bIIImaj7 | v7 | IV | IV
minor A       i9 | bVImaj7 | bVImaj7 | i9 | bIIImaj7 | bIIImaj7 | bVII | bVII
minor B       iv9 | iv9 | bVImaj7 | bVImaj7 | i9 | i9 | v7 | v7
melody        x--------------- x-------x------- ....x-------x--- x-----------x---  x--------------- ....x-----------  0.45
solo          x---x---x------- ..x---x---x-----  x---------------  0.4
cast          pad: warm pad, halo pad, slow strings, sweep pad  second: glass pad, choir, synth strings
cast          lead: pan flute, electric piano, cello, clean guitar  bells: vibraphone, celesta, harp, piano
cast          bass: deep synth bass, fretless bass  drums: 808 kit, electronic kit
A 0.25        opening  pad: held open chords  second: swells
A 0.3         bells  pad: held chords  bells: sparse bells, slow arpeggio  bass: held roots
A 0.35        melody  pad: held open chords  lead: theme  bass: held roots
B 0.45        middle  pad: held chords  second: counter line  bells: slow arpeggio  bass: half roots  drums: soft machine, tom pulse
B 0.2         alone  bells: slow arpeggio, rising arpeggio
B 0.5         choir of pads  pad: held open chords  second: held high chords  lead: theme  bells: sparse bells  bass: held roots

style         folk song  folk  4 beats  82–128 bpm  looseness 12  room 0.14
tracks        Down by the Weir  The Carpenter’s Promise  Nine Miles of Clover  Wool and Water
major A       I | I | IV | I | I | vi | V | I
major A       I | V/3 | vi | IV | I | IV V | I | I
major A       I | IV | I | V | I | IV | I/5 V | I
major B       IV | I | IV | V | IV | I/3 | ii V | I
major B       vi | iii | IV | I | vi | V7/V | IV | V
mixolydian A  I | bVII | IV | I | I | bVII | IV | I
mixolydian A  I | I | bVII | I | IV | I | bVII | I
mixolydian B  IV | I | bVII | I | IV | v | bVII | I
dorian A      i | bVII | i | v | i | bVII | IV | i
dorian A      i | IV | i | bVII | bIII | bVII | i | i
dorian B      bIII | bVII | i | IV | bIII | bVII | v | i
melody        x---x-x-x---x--- x-x-x---x-x-x--- x---x---x-x-x--- x-----x-x---x---  x---x---x------- x---x-----------  0.3
solo          x-x-x-x-x-x-x-x- x-xxx-x-x-x-x--- x-x-x-xxx-x-x-x-  x-x-x---x-------  0.3
cast          guitar: steel guitar, nylon guitar  lead: harmonica, fiddle, mandolin, steel guitar
cast          second: accordion, mandolin, flute, cello  banjo: banjo, mandolin  bass: double bass, fingered bass
cast          drums: brush kit, standard kit
A 0.4         guitar alone  guitar: travis picking, fingerpicking
A 0.5         verse  lead: theme  guitar: fingerpicking, boom-chick
B 0.65        refrain  lead: theme  second: harmony  guitar: folk strum  bass: root and fifth
B 0.75        with the band  lead: theme  banjo: rock arpeggio  guitar: driving strum, folk strum  bass: two feel  drums: tambourine, soft pop
A 0.6         break  banjo: solo  guitar: boom-chick  bass: root and fifth
A 0.35        quiet verse  second: ornamented theme  guitar: travis picking  bass: half roots

style         celtic  folk  4 beats  96–126 bpm  looseness 8  room 0.24
tracks        The Ferryman’s Reel  Mist on Slieve Bán  The Widow’s Cow  Lanterns of Inishmore
dorian A      i | i | bVII | bVII | i | i | bVII v | i
dorian A      i | bVII | i | v | i | bVII | bIII bVII | i
dorian B      bIII | bVII | i | bVII | bIII | bVII | i v | i
dorian B      i | i | IV | bVII | i | IV | bVII | i
mixolydian A  I | I | bVII | bVII | I | I | bVII | I
mixolydian A  I | IV | I | bVII | I | IV | bVII | I
mixolydian B  IV | I | bVII | IV | I | v | bVII | I
major A       I | I | IV | V | I | I | IV V | I
major A       I | V | vi | IV | I | V | IV V | I
major B       vi | IV | I | V | vi | IV | V | I
major B       IV | V | I | vi | IV | V | I | I
melody        x.xxxxx.xxxx xxxx.xx.xx.x x.xx.xxxxx.x xxxxxxx.xx.x  xxxx.xx----- x.xx.xx-----  0.35
solo          x-xxx-xxx-x-x-x- x-x-xxx-x-xxx-x- xxx-x-x-xxx-x-x-  x-xxx-x-x-------  0.35
cast          lead: whistle, fiddle, flute, recorder  second: fiddle, accordion, whistle  harp: harp
cast          guitar: steel guitar, mandolin, banjo  drone: accordion, slow strings  bass: double bass, cello
cast          drums: standard kit, brush kit
A 0.3         air  harp: harp waves, rolled chords  lead: theme
B 0.35        harp alone  harp: harp waves, rising arpeggio
A 0.65        jig  lead: theme  guitar: jig strum  drums: jig drums
B 0.8         jig together  lead: theme  second: theme in octaves  guitar: jig strum  drone: drone fifths  bass: jig bass  drums: jig drums
A 0.75        reel  second: solo  guitar: reel strum  bass: root and fifth  drums: reel drums
B 0.4         slow air  second: ornamented theme  drone: held open chords  harp: rolled chords
`);
