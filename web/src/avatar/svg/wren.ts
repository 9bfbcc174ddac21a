/** Wren Calloway, who mends clocks below the railway arches. Drawn for this project; CC0-1.0. */
import type { Design } from './design';
import { circle, type Drawing, ellipse, fade, glow, group, line, path } from './make';

const HAIR = '#7d3418';
const HAIR_DARK = '#5a2210';
const HAIR_LIGHT = '#bf6634';
const BRASS = '#d9a94e';
const BRASS_DARK = '#8a5f20';

const curl = (x: number, y: number, r: number, fill = HAIR): Drawing =>
  group({}, circle(x, y, r, fill), line(`M${String(x - r * 0.62)} ${String(y + r * 0.1)}a${String(r * 0.6)} ${String(r * 0.6)} 0 0 1 ${String(r * 1.1)}-${String(r * 0.28)}`, HAIR_LIGHT, 2.6, { opacity: 0.8 }));
const clock = (x: number, y: number, r: number, hour: number, minute: number): Drawing => {
  const hand = (turn: number, length: number, width: number): Drawing => line(`M0 0V-${String(length)}`, '#33261c', width, { transform: `rotate(${String(turn)})` });
  return group(
    { transform: `translate(${String(x)} ${String(y)})` },
    circle(0, 3, r + 5, '#10262b', { opacity: 0.45 }),
    circle(0, 0, r + 5, 'url(#brass)'),
    circle(0, 0, r, '#f6ecd6'),
    ...Array.from({ length: 12 }, (_, index) => line(`M0-${String(r - 3)}V-${String(r - (index % 3 === 0 ? 9 : 6))}`, '#5b4632', index % 3 === 0 ? 2.4 : 1.4, { transform: `rotate(${String(index * 30)})` })),
    hand(hour, r * 0.5, 3.6),
    hand(minute, r * 0.74, 2.4),
    circle(0, 0, 3, '#a3432d'),
  );
};
const gear = (x: number, y: number, r: number, teeth: number, fill: string): Drawing =>
  group(
    { transform: `translate(${String(x)} ${String(y)})`, opacity: 0.8 },
    circle(0, 0, r, 'none', { stroke: fill, 'stroke-width': r * 0.3 }),
    circle(0, 0, r * 1.18, 'none', { stroke: fill, 'stroke-width': r * 0.22, 'stroke-dasharray': `${String(Math.round(((2 * Math.PI * r * 1.18) / teeth / 2) * 100) / 100)}` }),
    line(`M0-${String(r)}V${String(r)}M-${String(r)} 0H${String(r)}`, fill, r * 0.16),
    circle(0, 0, r * 0.22, fill),
  );

export const wren: Design = {
  skin: { base: '#d79a6e', shade: '#ab6c45', line: '#84492c', light: '#eebf97', blush: '#d5583f' },
  lips: { upper: '#a24a41', lower: '#bd6457', line: '#652822', up: 6, low: 8.2, half: 22, y: 255 },
  eyes: { y: 197, apart: 36, half: 21, up: 15, low: 9.5, slant: 3.5, iris: ['#86a65a', '#3f5c2e'], radius: 12.4, lash: '#2b1710', lashes: 4.4, crease: '#84492c', white: '#fffaf2' },
  brows: { y: 167, inner: 17, outer: 21, thick: 6, arch: 5.5, colour: '#5a2a16' },
  head: (j) =>
    `M130 176C128 124 158 98 200 98S272 124 270 176C270 210 263 ${String(238 + j * 0.4)} 243 ${String(264 + j * 0.8)}C229 ${String(282 + j)} 215 ${String(296 + j)} 200 ${String(296 + j)}S171 ${String(282 + j)} 157 ${String(264 + j * 0.8)}C137 ${String(238 + j * 0.4)} 130 210 130 176Z`,
  defs: [
    fade('wall', [0, '#2a4a52'], [0.6, '#3d626a'], [1, '#27444b']),
    glow('lamp', [0, '#ffe2a0', 0.9], [0.4, '#f7bd62', 0.38], [1, '#f7bd62', 0]),
    fade('snow', [0, '#9db8cf'], [1, '#dfe8ee']),
    fade('shirt', [0, '#e3ae45'], [1, '#bd832a']),
    fade('leather', [0, '#7d5238'], [1, '#583522']),
    fade('brass', [0, '#f2d48c'], [0.5, BRASS], [1, '#9a6c28']),
  ],
  backdrop: [
    ['rect', { width: 400, height: 480, fill: 'url(#wall)' }],
    // The railway arch, its window, and snow.
    path('M-20 300V150C-20 84 24 60 62 60S142 84 142 150V300Z', '#1d363d'),
    path('M-12 292V152C-12 94 28 70 62 70S134 94 134 152V292Z', 'url(#snow)'),
    path('M-12 292V246C10 236 30 250 52 240C80 230 108 248 134 238V292Z', '#f4f7f8'),
    path('M4 240V206H24V194H42V242ZM84 238V200H104V212H120V240Z', '#7f97ab', { opacity: 0.7 }),
    ...([[16, 110], [44, 92], [78, 104], [108, 124], [30, 150], [64, 136], [96, 166], [20, 190], [60, 182], [118, 188], [84, 214], [44, 218]] as const).map(([x, y]) => circle(x, y, 2.6, '#fff', { opacity: 0.9 })),
    line('M61 70V292M-12 176H134', '#1d363d', 6),
    path('M-20 292H146V304H-20Z', '#5a3d2b'),
    circle(352, 64, 130, 'url(#lamp)'),
    clock(306, 96, 32, 300, 60),
    clock(374, 150, 25, 95, 200),
    clock(372, 62, 18, 200, 10),
    // A wall clock with its pendulum.
    path('M284 182L308 160L332 182V262H284Z', '#6a432b'),
    path('M290 212H326V256H290Z', '#2b1a12'),
    line('M308 206L314 240', BRASS_DARK, 2.6),
    circle(315, 244, 7, 'url(#brass)'),
    circle(308, 190, 14, '#f6ecd6'),
    line('M308 190V181M308 190L314 193', '#33261c', 2.2),
    gear(368, 226, 20, 14, BRASS),
    gear(394, 254, 14, 10, '#b7805a'),
    path('M-10 400H410V490H-10Z', '#4a3022'),
    path('M-10 396H410V404H-10Z', '#6b4830'),
    path('M270 340H410V348H270Z', '#5a3d2b'),
    // What waits on the shelf: a music box, jars of parts.
    path('M292 316H330V340H292Z', '#8e3f39'),
    line('M292 324H330', '#c98a5e', 2.4),
    circle(311, 332, 3, BRASS),
    path('M344 310H364V340H344ZM372 304H394V340H372Z', '#cfe0df', { opacity: 0.55 }),
    path('M346 322H362V338H346ZM374 316H392V338H374Z', BRASS, { opacity: 0.75 }),
    path('M342 306H366V312H342ZM370 300H396V306H370Z', '#5a3d2b'),
  ],
  behind: [
    ...([[128, 132, 24], [116, 162, 20], [272, 132, 24], [284, 162, 20], [118, 192, 17], [282, 192, 17], [124, 218, 13], [276, 218, 13]] as const).map(([x, y, r]) => circle(x, y, r, HAIR_DARK)),
  ],
  neck: [
    path('M170 260H230V340Q228 372 200 376T170 340Z', '#c6885e'),
    path('M170 284Q200 326 230 280V308Q204 338 170 320Z', '#8e5434', { opacity: 0.55 }),
    path('M142 354Q200 332 258 354L236 412H164Z', '#c98b61'),
    line('M178 364Q188 368 192 362M222 364Q212 368 208 362', '#8e5434', 2.4, { opacity: 0.6 }),
  ],
  body: [
    path('M36 492C34 420 74 382 124 364Q152 354 166 342L200 404L234 342Q248 354 276 364C326 382 366 420 364 492Z', 'url(#shirt)'),
    path('M36 492C34 444 52 410 80 390C72 424 76 462 82 492ZM364 492C366 444 348 410 320 390C328 424 324 462 318 492Z', '#8a5a17', { opacity: 0.45 }),
    path('M164 338L200 404L180 420L140 356Q154 348 164 338ZM236 338L200 404L220 420L260 356Q246 348 236 338Z', '#f0c363'),
    line('M164 338L200 402L236 338M180 420L140 356M220 420L260 356', '#9a6a1f', 2),
    line('M200 404V492', '#9a6a1f', 2),
    path('M120 366L142 357C140 392 146 416 152 430H248C254 416 260 392 258 357L280 366C276 398 282 420 290 436V492H110V436C118 420 124 398 120 366Z', 'url(#leather)'),
    line('M126 368Q128 402 118 434M274 368Q272 402 282 434M152 432H248', '#c08a5c', 2, { opacity: 0.75, 'stroke-dasharray': '5 4' }),
    circle(133, 372, 5, 'url(#brass)'),
    circle(267, 372, 5, 'url(#brass)'),
    path('M222 444H270V492H222Z', '#6a442d'),
    line('M222 445H270', '#c08a5c', 2.4, { 'stroke-dasharray': '5 4' }),
    path('M232 446V424L236 414L240 424V446Z', '#d98a3a'),
    path('M234 418.5L236 414L238 418.5Z', '#33261c'),
    line('M252 446V420', '#9aa5ab', 4),
    path('M247 446V432H257V446Z', '#a3432d'),
  ],
  ears: [
    path('M132 190C118 181 114 199 120 214C124 226 132 228 136 222Z', '#c6855a'),
    path('M268 190C282 181 286 199 280 214C276 226 268 228 264 222Z', '#c6855a'),
    circle(123, 226, 3, BRASS),
    circle(277, 226, 3, BRASS),
  ],
  skinDetail: [
    path('M126 152Q200 130 274 152V92H126Z', '#84492c', { opacity: 0.36 }),
    path('M254 158C274 210 260 262 212 298H290V150Z', '#ab6c45', { opacity: 0.3 }),
    path('M152 276Q200 318 248 276V312H152Z', '#ab6c45', { opacity: 0.26 }),
    ...(
      [[178, 219, 1.7], [170, 226, 2], [184, 228, 1.6], [160, 220, 1.5], [163, 232, 1.7], [174, 236, 1.4], [153, 228, 1.4], [186, 214, 1.4], [192, 208, 1.4], [200, 212, 1.6], [208, 208, 1.4], [214, 214, 1.4], [222, 219, 1.7], [230, 226, 2], [216, 228, 1.6], [240, 220, 1.5], [237, 232, 1.7], [226, 236, 1.4], [247, 228, 1.4], [195, 220, 1.4], [205, 219, 1.4], [168, 152, 1.5], [182, 158, 1.4], [218, 157, 1.5], [232, 153, 1.4]] as const
    ).map(([x, y, r]) => circle(x, y, r, '#8a4526', { opacity: 0.62 })),
    // Graphite, from the back of a hand.
    line('M240 243q8-2 13-8', '#3c3a40', 4.5, { opacity: 0.32 }),
  ],
  nose: [
    path('M203 202C201 216 194 226 194 232Q201 240 208 234C205 225 205 212 203 202Z', '#ab6c45', { opacity: 0.5 }),
    line('M191 231Q192 237.5 199 238Q207 238 209 231', '#7a4126', 2.4),
    ellipse(200, 229, 4, 3, '#f2c9a4', { opacity: 0.85 }),
  ],
  moving: [],
  over: [],
  hair: [
    // A knot of curls held by a pencil.
    ...([[176, 66, 17], [224, 66, 17], [188, 56, 15], [212, 56, 15]] as const).map(([x, y, r]) => curl(x, y, r, HAIR_DARK)),
    curl(200, 64, 17),
    group(
      { transform: 'rotate(-20 200 66)' },
      ['rect', { x: 148, y: 61, width: 96, height: 9, fill: '#e8b33c' }],
      ['rect', { x: 148, y: 64, width: 96, height: 3, fill: '#c98f24' }],
      path('M244 61L260 65.5L244 70Z', '#efd5ae'),
      path('M254.5 64L260 65.5L254.5 67Z', '#2b2b30'),
      ['rect', { x: 140, y: 61, width: 9, height: 9, fill: '#b9bec4' }],
      ['rect', { x: 131, y: 61, width: 10, height: 9, rx: 3, fill: '#d9736b' }],
    ),
    curl(186, 74, 14),
    curl(214, 72, 13),
    path('M126 180C114 122 150 82 200 82S286 122 274 180C271 160 266 148 258 142C236 132 164 132 142 142C134 148 129 160 126 180Z', HAIR),
    ...([[136, 134, 17], [146, 112, 19], [166, 96, 19], [190, 90, 18], [214, 91, 18], [236, 98, 19], [255, 114, 18], [264, 136, 16]] as const).map(([x, y, r]) => curl(x, y, r)),
    ...([[152, 134, 13], [170, 126, 14], [190, 128, 13], [230, 126, 14], [248, 136, 12], [211, 122, 14]] as const).map(([x, y, r]) => curl(x, y, r)),
    ...([[130, 158, 12], [127, 178, 10], [270, 158, 12], [273, 178, 10], [126, 196, 8], [274, 196, 8]] as const).map(([x, y, r]) => curl(x, y, r)),
    line('M127 204q-9 10-3 20t-4 18M273 204q9 10 3 20t4 18', HAIR, 3.6),
  ],
  front: [
    // The loupe on its string.
    line('M170 318Q176 352 200 366M230 318Q224 352 200 366', '#3a2a22', 2.6),
    circle(200, 369, 4, BRASS_DARK),
    circle(200, 390, 19, 'url(#brass)'),
    circle(200, 390, 13.5, '#cfe4e6'),
    path('M190 386A12 12 0 0 1 205 380L194 398A12 12 0 0 1 190 386Z', '#fff', { opacity: 0.7 }),
  ],
};
