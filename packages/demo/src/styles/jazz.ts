import { readStyles } from './style.ts';

/** Swing, bossa nova, blues and soul. */
export const JAZZ = readStyles(`
style         swing  jazz  4 beats  112–204 bpm  looseness 12  room 0.16  swing 0.65
tracks        Corner of Ninth  Late Edition  Two Spoons of Sugar  The Elevator Man
major A       Imaj7 V7/ii | ii7 V7 | iii7 V7/ii | ii7 V7 | Imaj7 V7/IV | IVmaj7 iv6 | iii7 V7/ii | ii7 V7
major A       ii7 | V7 | Imaj7 | IVmaj7 | viim7b5 | V7/vi | vi7 | V7/ii
major A       Imaj7 | V7/V | ii7 | V7 | Imaj7 | V7/ii | ii7 V7 | I6
major B       V7/vi | V7/vi | V7/ii | V7/ii | V7/V | V7/V | V7 | V7
major B       IVmaj7 | iv6 | iii7 | V7/ii | ii7 | V7/V | ii7 | V7
minor A       i6 | iim7b5 V7 | i6 | v7 V7/iv | iv7 | iim7b5 V7 | i6 | iim7b5 V7
minor A       iv7 | bVII7 | bIIImaj7 | bVImaj7 | iim7b5 | V7 | i6 | i6
minor B       iv7 | bVII7 | bIIImaj7 | bVImaj7 | iim7b5 | V7 | i6 | V7/iv
minor B       v7 | V7/iv | iv7 | iv7 | iv7 | bVII7 | bIIImaj7 | iim7b5 V7
melody        x---x-x-..x---.. ..x-x-x-x---x-.. x--.x-x---x-.... x-x-x---..x-x---  x-x-x-----...... x---..x---------  0.35
solo          x-x-x-x-x-x-x-x- ..x-x-x-x-x-x-x- x-x-x-x-x-..x-x- x---..x-x-x-x-x-  x-x-x-x---...... x-x---..........  0.3
cast          lead: tenor sax, muted trumpet, vibraphone, clarinet  second: trumpet, alto sax, trombone
cast          keys: piano, bright piano  guitar: jazz guitar  bass: double bass  drums: jazz kit, brush kit
A 0.55        head  lead: theme  keys: charleston  bass: two feel  drums: brushes, swing ride
B 0.6         bridge  lead: theme  second: counter line  keys: swing stabs  bass: walking bass  drums: swing ride
A 0.65        solo  lead: solo  keys: swing stabs, charleston  bass: walking with skips  drums: swing comping
A 0.5         piano solo  keys: solo  bass: walking bass  drums: brushes, swing ride
B 0.35        guitar and bass  guitar: four to the bar  lead: ornamented theme  bass: walking bass
B 0.85        shout chorus  lead: theme  second: harmony  keys: swing stabs  guitar: four to the bar  bass: walking bass  drums: swing comping

style         bossa nova  jazz, latin  4 beats  112–148 bpm  looseness 9  room 0.2
tracks        Janela Aberta  Salt on the Window  Tarde de Março  A Chair by the Sea
major A       Imaj9 | Imaj9 | V9/V | V9/V | ii9 | V9 | Imaj9 | V9
major A       Imaj7 | viim7b5 V7/vi | vi7 | v7 V7/IV | IVmaj7 | iv6 | iii7 V7/ii | ii7 V7
major A       Imaj9 | vi7 | ii9 | V9 | iii7 | V7/ii | ii9 | V9
major B       IVmaj7 | bVII9 | iii7 | V7/ii | ii7 | bVII9 | Imaj7 | V9
major B       iv6 | bVII9 | bIIImaj7 | bVImaj7 | ii9 | V9 | Imaj9 | Imaj9
minor A       i9 | i9 | iim7b5 | V7 | i9 | V7/iv | iv7 | V7
minor A       i7 | bVImaj7 | iim7b5 | V7 | i7 | iv7 bVII9 | bIIImaj7 bVImaj7 | iim7b5 V7
minor B       iv7 | bVII9 | bIIImaj7 | bVImaj7 | iim7b5 | V7 | i9 | i9
minor B       bIIImaj7 | v7 V7/iv | iv7 | bVII9 | bIIImaj7 | bVImaj7 | iim7b5 | V7
melody        x-----x---x----- ..x---x---x-x--- x---x-..x---x-.. x-----x-x-----x-  x---------...... ..x---x---------  0.25
solo          x-x-..x-x-x-x--- ..x-x-x-..x-x-x- x---x-x-x-..x-x-  x-x-x---........ x-x-x-----------  0.3
cast          lead: flute, alto sax, soprano sax, nylon guitar  second: flute, vibraphone, voices  guitar: nylon guitar
cast          keys: piano, rhodes  strings: slow strings, strings  bass: double bass, fretless bass
cast          drums: jazz kit, standard kit
A 0.3         guitar alone  guitar: bossa guitar, bossa broken
A 0.45        theme  lead: theme  guitar: bossa guitar  bass: bossa bass  drums: bossa light
B 0.5         bridge  lead: theme  strings: held open chords  guitar: bossa guitar  bass: bossa bass  drums: bossa drums
A 0.55        solo  second: solo  keys: bossa guitar  bass: bossa octaves  drums: bossa drums
B 0.4         keys  keys: solo, ornamented theme  guitar: bossa broken  bass: bossa bass  drums: bossa light
A 0.6         two voices  lead: theme  second: harmony  strings: held chords  guitar: bossa guitar  bass: bossa octaves  drums: bossa drums

style         blues  blues  4 beats  66–132 bpm  looseness 13  room 0.14  swing 0.667
tracks        Empty Kettle Blues  Freight Yard Morning  My Landlord’s Dog  Seven Dollar Shoes
mixolydian A  I7 | IV7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7
mixolydian A  I7 | I7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7
mixolydian B  IV7 | IV7 | I7 | I7 | IV7 | IV7 | V7/V | V7
mixolydian B  I7 | V7/IV | IV7 | iv6 | I7/5 | V7/ii | V7/V V7 | I7 V7
dorian A      i7 | i7 | i7 | i7 | iv7 | iv7 | i7 | i7 | bVI7 | V7 | i7 | V7
dorian A      i7 | iv7 | i7 | i7 | iv7 | iv7 | i7 | i7 | V7 | iv7 | i7 | V7
dorian B      iv7 | iv7 | i7 | i7 | iv7 | iv7 | bVI7 | V7
melody        ..x-x-x---...... x-x-x---x-...... ....x-x-x-x----- x---x-x-x-x-....  x-x-x---........ x-----..........  0.35
solo          x-x-x-x-x---.... x.xx.xx.xx-. xxxx-.x.xx-. ..x-x-x-x-x-x---  x-x-x-x---...... x.xx--......  0.3
cast          lead: harmonica, clean guitar, tenor sax, overdriven guitar  second: tenor sax, overdriven guitar, harmonica
cast          guitar: clean guitar, steel guitar  keys: honky-tonk piano, piano, drawbar organ
cast          bass: fingered bass, double bass  drums: standard kit, jazz kit
A 0.4         guitar alone  guitar: shuffle riff, boogie left hand
A 0.6         verse  lead: theme  guitar: shuffle riff  bass: shuffle roots  drums: shuffle
B 0.6         stop-time  lead: theme  keys: blues stabs  bass: shuffle walk  drums: slow blues
A 0.75        solo  second: solo  keys: slow triplets  guitar: blues stabs  bass: shuffle walk  drums: shuffle
A 0.5         keys  keys: solo  guitar: shuffle riff  bass: walking bass  drums: slow blues
B 0.9         last chorus  lead: solo  second: counter line  keys: slow triplets  guitar: shuffle riff  bass: shuffle walk  drums: shuffle

style         soul  soul  4 beats  78–114 bpm  looseness 10  room 0.15  swing 0.53
tracks        Keep the Porch Light  Sunday Clothes  Halfway Honest  The Long Apology
dorian A      i7 | IV9 | i7 | IV9 | i7 | IV9 | bVIImaj7 | V7
dorian A      i9 | i9 | iv7 | bVII9 | i9 | bIIImaj7 | iv7 | V7
dorian B      bIIImaj7 | bVII | iv7 | i7 | bVImaj7 | bIIImaj7 | iv7 | V7
major A       Imaj7 | iii7 | IVmaj7 | ii7 V9 | Imaj7 | vi7 | ii7 | V9
major A       I | V7/IV | IVmaj7 | iv6 | iii7 | vi7 | ii7 | V9
major B       IVmaj7 | iii7 | ii7 | Imaj7 | IVmaj7 | iii7 V7/ii | ii7 | V9
major B       vi7 | iii7 | IVmaj7 | Imaj7 | vi7 | V7/V | ii7 | V9
melody        x--x--x-..x-x-.. ..x-x-xx-.x-.... x---..x-x--x--x- x-xx-.x-x---....  x--x------...... x-x-x---........  0.28
solo          xx.xx.x-x-xx..x- ..xxx-x-x-x-xx.. x-xxx-..xxx-x-..  xxx-x---........  0.3
cast          lead: alto sax, trumpet, clean guitar, tenor sax  keys: rhodes, electric piano, drawbar organ
cast          guitar: clean guitar, muted guitar  horns: brass section  bass: slap bass, fingered bass  drums: standard kit
cast          voices: choir, voices
A 0.45        intro  keys: soul keys  drums: soft pop, soul beat
A 0.55        verse  lead: theme  keys: soul keys  bass: soul bass  drums: soul beat
A 0.75        groove  guitar: funk scratch  horns: horn stabs  keys: soul keys  bass: funk bass  drums: funk beat
B 0.8         chorus  lead: theme  horns: horn stabs  voices: held high chords  keys: quarter chords  bass: soul bass  drums: soul beat
B 0.65        solo  lead: solo  guitar: funk scratch  keys: held chords  bass: funk bass  drums: funk beat
B 0.3         keys alone  keys: ballad block, soul keys  voices: counter line
`);
