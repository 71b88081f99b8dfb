import { readStyles } from './style.ts';

/** Chamber music, waltzes and marches. */
export const CLASSICAL = readStyles(`
style         string quartet  classical  4 beats  66–112 bpm  looseness 9  room 0.3
tracks        Letter to an Old Teacher  Snow on the Orchard  Quartet for a Small Room  The Unfinished Bridge
major A       I | V/3 | vi | I/5 V | I | ii/3 V7 | I/3 IV | V7 I
major A       I IV | I/5 V | I vi | ii/3 V | I V7/vi | vi IV | ii/3 V7 | I
major A       I V7/3 | I | IV I/3 | V | I V7/IV | IV ii/3 | I/5 V7 | I
major B       vi | V7/V | V | V/3 | ii V7/ii | ii | I/5 V7 | I
major B       V | I/3 | ii V7/V | V | V7/vi vi | IV ii | I/5 V7 | I
minor A       i | V/3 | i/3 iv | V | i | iv i/5 | iim7b5/3 V7 | i
minor A       i iv | i/5 V | i bVI | iv V | i V7/iv | iv bVI | iim7b5/3 V7 | i
minor B       bIII | bVII | iv | V7/V V | bIII bVI | iv i/3 | iim7b5 V7 | i
minor B       bVI | bIII | iv i/3 | V | i V7/iv | iv | i/5 V7 | i
melody        x---x---x---x-x- x-----x-x---x--- x---x-x-x------- x-------x---x---  x---x---x------- x-x-x---x-------  0.2
solo          x-x-x-x-x-x-x-x- x---x-x-x-x-x-x- x--xx-x-x---x-x-  x-x-x-x-x-------  0.25
cast          first: violin  second: violin, viola  viola: viola  cello: cello  plucked: pizzicato
cast          wind: oboe, clarinet, flute, horn
A 0.4         hymn  first: theme  second: alto voice  viola: tenor voice  cello: half roots
A 0.55        theme  first: theme  second: pulsing alto  viola: pulsing tenor  cello: half roots
A 0.3         duo  first: ornamented theme  cello: counter line
B 0.7         middle  first: theme  second: harmony  viola: alberti  cello: quarter bass
B 0.5         with a guest  wind: theme  second: alto voice  viola: tenor voice  cello: half roots
A 0.35        plucked  first: theme, ornamented theme  plucked: ballad block, alberti
A 0.75        variation  first: solo  second: pulsing alto  viola: pulsing tenor  cello: eighth roots

style         baroque chamber music  classical  4 beats  72–108 bpm  looseness 6  room 0.22
tracks        The Clockmaker’s Daughter  Sonata of the Blue Tiles  Mirrors at Noon  The Pear Tree Suite
major A       I | V/3 | vi I/3 | IV V | I IV | viio/3 I | ii/3 V7 | I
major A       I V/3 | I IV | ii V | I | vi ii | V7 I | ii/3 V7 | I
major B       V | I | V7/ii ii | V7 I | IV viio/3 | iii vi | ii V7 | I
major B       vi | V7/vi vi | V7/V V | V7 I | vi ii | V7 I/3 | IV V7 | I
minor A       i | V/3 | i iv | bVII bIII | bVI iv | V7 i | iim7b5/3 V7 | i
minor A       i V/3 | i iv | iim7b5 V | i | iv bVII | bIII bVI | iim7b5 V7 | i
minor B       bIII | bVII | bVI | V7 | i iv | bVII bIII | iim7b5 V7 | i
minor B       v | i | iv bVII | bIII | bVI iv | V7 i | iim7b5/3 V7 | i
melody        x-x-xxx-x-x-x-x- x-xxx-x-x-x-x-x- x---x-x-x-xxx-x- xxxxx-x-x-x-x---  x-x-x-xxx------- x-x-x---x-------  0.3
solo          xxxxxxxxxxxxxxxx x-xxxxxxx-xxxxxx xxxxxxxxx-x-x-x-  xxxxxxx-x-------  0.32
cast          lead: recorder, violin, oboe, flute  second: violin, recorder, oboe  keys: harpsichord  bass: cello, bassoon
cast          organ: church organ  strings: strings
A 0.5         prelude  keys: figured sixteenths, alberti
A 0.5         invention  keys: solo  left hand: running bass
A 0.55        sonata  lead: theme  keys: continuo  bass: running bass
B 0.6         trio  lead: theme  second: harmony  keys: continuo  bass: running bass, root and fifth
B 0.8         tutti  lead: solo  strings: quarter chords  keys: eighth chords  bass: driving eighths
B 0.6         chorale prelude  lead: ornamented theme  organ: half-note chords  bass: running bass

style         waltz  classical, dance  3 beats  92–186 bpm  looseness 10  room 0.28
tracks        Carousel in the Rain  The Last Dance at Marlow  Paper Lanterns  Madame Orlova’s Gloves
major A       I | I | V7/5 | V7 | ii | V7 | I | I
major A       I | vi | ii | V7 | I | V7/ii | ii V7 | I
major A       I | Imaj7 | I6 | V7/ii | ii | V7/5 | V7 | I
major B       IV | iv | I/5 | V7/ii | ii | V7 | I | I
major B       V7/vi | vi | V7/ii | ii | IV | I/5 | V7 | I
minor A       i | i | iv | iv | V7 | V7 | i | i
minor A       i | V7/3 | i/3 | iv | iim7b5 | V7 | i | i
minor B       bIII | bVII | bVI | bIII | iv | i/5 | V7 | i
minor B       iv | bVII | bIII | bVI | iim7b5 | V7 | i | i
melody        x-------x--- x---x---x--- x-----x-x-x- x-----------  x----------- x---x-------  0.35
solo          x-x-x-x-x-x- x---x-x-x-x- ..x-x-x-x-x-  x-x-x------- x-----------  0.3
cast          lead: accordion, violin, clarinet, flute  second: flute, clarinet, accordion  keys: piano, bright piano
cast          plucked: harp, pizzicato  strings: strings  bass: double bass, cello  drums: orchestral kit, brush kit
A 0.4         solo piano  keys: waltz, waltz broken  right hand: theme
A 0.5         theme  lead: theme  keys: waltz  bass: waltz bass
B 0.6         middle  second: theme  plucked: waltz broken  strings: waltz held  bass: waltz walk
B 0.85        ballroom  lead: theme  second: harmony  strings: waltz afterbeats  keys: waltz  bass: waltz bass  drums: waltz drums
A 0.6         variation  lead: solo  strings: waltz held  plucked: waltz afterbeats  bass: waltz bass
A 0.3         harp and strings  strings: waltz held  plucked: waltz broken, waltz  second: ornamented theme

style         brass march  march  4 beats  96–126 bpm  looseness 7  room 0.25
tracks        Harbour Parade  The Fourth of May  Miners’ Holiday  Over the Viaduct
major A       I | I | V7 | I | IV | I/5 | V7/V | V7 I
major A       I | V/3 | vi iii | IV V | I | V7/IV IV | I/5 V7 | I
major A       I IV | I | V7/V | V7 | I | IV iv | I/5 V7 | I
major B       IV | IV | I/5 | V7/ii | ii | V7/V | V7 | I
major B       vi | V7/vi | vi | V7/V | I/5 | V7/ii ii | V7 | I
minor A       i | i | V7 | i | iv | i/5 | V7/V | V7
minor A       i | bVII | bIII | V7 | i iv | bVI | iim7b5 V7 | i
minor B       bIII | bIII | bVII | bIII | iv | i/5 | V7 | i
minor B       bVI | bIII | iv | V7 | bVI bIII | iv i/5 | V7 | i
melody        x---x--xx---x--- x--xx--xx---x--- x-----x-x---x--- x---x-x-x---x-x-  x---x---x------- x--xx---x-------  0.38
solo          x-xxx-x-x-xxx-x- x-x-x-x-x-x-x-x- xxx-xxx-x-x-x-x-  x-x-x---x-------  0.35
cast          lead: trumpet, brass section  second: horn, trombone, clarinet  high: piccolo, flute, glockenspiel
cast          middle: trombone, horn  bass: tuba  drums: orchestral kit, standard kit
A 0.8         fanfare  lead: fanfare  middle: half-note chords  drums: light march, march
A 0.8         theme  lead: theme  middle: march afterbeats  bass: march bass  drums: march
B 0.45        trio  second: theme  middle: half-note chords  bass: half roots  drums: light march
A 0.75        piccolo strain  high: solo  lead: theme  middle: march afterbeats  bass: marching quarters  drums: march
B 1           last time  lead: theme  second: harmony  high: theme in octaves  middle: eighth chords  bass: marching quarters  drums: march
B 0.35        chorale  lead: theme  second: alto voice  middle: tenor voice  bass: half roots
`);
