/** Theo, who hosts a radio show after midnight. Drawn for this project; CC0-1.0. */
import type { Design } from './design';
import { circle, type Drawing, ellipse, fade, glow, group, line, path } from './make';

const HAIR = '#221816';
const curls = (...places: [number, number, number][]): Drawing[] => places.map(([x, y, r]) => circle(x, y, r, HAIR));
const shines = (...places: [number, number, number][]): Drawing[] => places.map(([x, y, r]) => line(`M${String(x - r)} ${String(y)}q${String(r * 0.4)}-${String(r)} ${String(r * 1.5)}-${String(r * 0.9)}`, '#5a443c', 3, { opacity: 0.8 }));
const star = (x: number, y: number, r: number): Drawing => circle(x, y, r, '#f4ead2', { opacity: 0.9 });
const windows = (x: number, y: number, columns: number, rows: number): Drawing[] =>
  Array.from({ length: columns * rows }, (_, index): [number, number] => [index % columns, Math.floor(index / columns)])
    .filter(([column, row]) => (column * 7 + row * 5 + x) % 3 !== 0)
    .map(([column, row]) => ['rect', { x: x + column * 13, y: y + row * 18, width: 6, height: 9, fill: '#f2c56b', opacity: (column + row) % 2 ? 0.85 : 0.5 }]);

export const theo: Design = {
  skin: { base: '#9c6749', shade: '#6f4430', line: '#55311f', light: '#b98260', blush: '#b4523c' },
  lips: { upper: '#7a4038', lower: '#94574b', line: '#3f1c18', up: 5.5, low: 8, half: 24, y: 256 },
  eyes: { y: 197, apart: 36, half: 19.5, up: 12, low: 8.5, slant: 1, iris: ['#6b4326', '#2b1a10'], radius: 11, lash: '#170f0d', lashes: 3, crease: '#55311f', white: '#f8f1e6' },
  brows: { y: 170, inner: 19, outer: 22, thick: 7, arch: 3.5, colour: '#221816' },
  head: (j) =>
    `M124 174C122 124 156 98 200 98S278 124 276 174C276 208 273 ${String(240 + j * 0.4)} 254 ${String(266 + j * 0.8)}C240 ${String(286 + j)} 222 ${String(298 + j)} 200 ${String(298 + j)}S160 ${String(286 + j)} 146 ${String(266 + j * 0.8)}C127 ${String(240 + j * 0.4)} 124 208 124 174Z`,
  defs: [
    fade('night', [0, '#141c33'], [0.6, '#2b3b60'], [1, '#4d6289']),
    glow('lamp', [0, '#ffd98c', 0.85], [0.4, '#f5b65a', 0.35], [1, '#f5b65a', 0]),
    glow('moon', [0, '#f4ead2', 0.3], [1, '#f4ead2', 0]),
    fade('wool', [0, '#5f92c4'], [1, '#3d6795']),
    fade('metal', [0, '#5a6786'], [0.5, '#39445f'], [1, '#1d253a']),
  ],
  backdrop: [
    ['rect', { width: 400, height: 480, fill: 'url(#night)' }],
    circle(76, 84, 74, 'url(#moon)'),
    path('M88 42A46 46 0 1 0 118 110A40 40 0 0 1 88 42Z', '#f4ead2'),
    star(40, 40, 2.2), star(146, 36, 2.6), star(196, 52, 1.6), star(262, 30, 2), star(310, 66, 2.8), star(360, 34, 2), star(378, 120, 2.4), star(30, 168, 1.8), star(140, 96, 1.6), star(330, 130, 1.6), star(22, 106, 1.4), star(284, 92, 1.5), star(116, 168, 1.6), star(372, 186, 1.6),
    path('M0 330H36V296H78V350H112V318H150V490H0ZM400 322H362V284H318V344H284V312H250V490H400Z', '#131b31'),
    path('M0 366H24V344H60V388H96V490H0ZM400 372H372V346H338V396H306V490H400Z', '#0e1527'),
    ...windows(44, 306, 2, 7), ...windows(118, 330, 2, 5), ...windows(8, 378, 3, 4), ...windows(326, 296, 2, 6), ...windows(258, 326, 2, 5), ...windows(346, 386, 3, 4),
    circle(330, 420, 150, 'url(#lamp)'),
  ],
  behind: [...curls([122, 128, 26], [116, 160, 22], [278, 128, 26], [284, 160, 22], [120, 188, 16], [280, 188, 16])],
  neck: [
    path('M166 262H234V352Q232 382 200 386T166 352Z', '#8a5a40'),
    path('M166 288Q200 330 234 284V318Q204 346 166 328Z', '#4f2e1f', { opacity: 0.5 }),
    path('M144 356Q200 338 256 356L232 420H168Z', '#8e5d43'),
  ],
  body: [
    path('M18 492C16 416 60 378 118 360Q148 350 162 338L200 400L238 338Q252 350 282 360C340 378 384 416 382 492Z', 'url(#wool)'),
    path('M160 336L200 412L240 336Q248 346 256 350L222 492H178L144 350Q152 346 160 336Z', '#f4eee0'),
    path('M160 334L202 398L184 418L142 352Q152 346 160 334ZM240 334L198 398L216 418L258 352Q248 346 240 334Z', '#fffaf0'),
    line('M160 334L200 396L240 334M200 398V492', '#cdbfa4', 2),
    circle(200, 430, 3.4, '#cdbfa4'),
    circle(200, 462, 3.4, '#cdbfa4'),
    path('M128 358L146 350L186 470L184 492H152Q124 420 128 358Z', '#4a79ab'),
    path('M272 358L254 350L214 470L216 492H248Q276 420 272 358Z', '#44719f'),
    line('M136 356Q140 420 166 490M264 356Q260 420 234 490', '#6fa1d1', 2, { opacity: 0.55, 'stroke-dasharray': '3 4' }),
    line('M146 350L186 470M254 350L214 470', '#28486b', 2.2),
    circle(172, 470, 6, '#8a5a34'),
    path('M18 492C16 446 38 408 70 390C60 424 64 462 72 492ZM382 492C384 446 362 408 330 390C340 424 336 462 328 492Z', '#223f60', { opacity: 0.4 }),
    line('M96 380Q90 430 96 490M304 380Q310 430 304 490M112 372Q108 430 116 490M288 372Q292 430 284 490', '#34608c', 2, { opacity: 0.45 }),
    // Headphones wait around the neck.
    ['path', { d: 'M146 366C140 330 166 312 172 330M254 366C260 330 234 312 228 330', fill: 'none', stroke: 'url(#metal)', 'stroke-width': 8, 'stroke-linecap': 'round' }],
    group({ transform: 'rotate(-18 146 380)' }, ['rect', { x: 126, y: 358, width: 34, height: 50, rx: 15, fill: 'url(#metal)' }], ['rect', { x: 154, y: 362, width: 12, height: 42, rx: 6, fill: '#151b2b' }], circle(140, 383, 7, '#f2c56b', { opacity: 0.9 })),
    group({ transform: 'rotate(18 254 380)' }, ['rect', { x: 240, y: 358, width: 34, height: 50, rx: 15, fill: 'url(#metal)' }], ['rect', { x: 234, y: 362, width: 12, height: 42, rx: 6, fill: '#151b2b' }], circle(260, 383, 7, '#f2c56b', { opacity: 0.9 })),
  ],
  ears: [
    path('M126 186C112 178 107 198 114 214C118 228 127 230 131 222Z', '#8a5a40'),
    path('M274 186C288 178 293 198 286 214C282 228 273 230 269 222Z', '#8a5a40'),
    line('M120 196Q116 206 122 216M280 196Q284 206 278 216', '#55311f', 2, { opacity: 0.6 }),
  ],
  skinDetail: [
    path('M122 142Q200 122 278 142V90H122Z', '#4f2e1f', { opacity: 0.4 }),
    path('M260 156C280 208 266 266 216 302H296V150Z', '#55311f', { opacity: 0.25 }),
    path('M148 200Q140 170 156 156Q150 180 156 204Z', '#c08a68', { opacity: 0.3 }),
    line('M174 149Q200 143 226 149', '#55311f', 1.8, { opacity: 0.4 }),
    line('M137 204l-8-2M138 211l-8 4M263 204l8-2M262 211l8 4', '#55311f', 1.7, { opacity: 0.45 }),
  ],
  nose: [
    path('M205 198C203 214 189 226 188 234Q200 245 213 235C208 226 207 212 205 198Z', '#6f4430', { opacity: 0.5 }),
    line('M185 230Q186 239 195 240Q200 243 206 240Q215 239 216 230', '#4a2919', 2.6),
    ellipse(200, 230, 5, 3.4, '#c3906d', { opacity: 0.75 }),
  ],
  moving: [
    {
      drawing: path('', HAIR),
      d: ({ jaw, lift, smile }) => {
        const y = (at: number, share: number) => String(Math.round((at + jaw * share) * 10) / 10);
        return (
          `M124 200C128 226 136 244 150 252C160 ${y(256, 0)} 172 ${y(243 - lift, 0)} 186 ${y(242 - lift, 0)}Q200 ${y(247 - lift, 0)} 214 ${y(242 - lift, 0)}C228 ${y(243 - lift, 0)} 240 ${y(256, 0)} 250 252C264 244 272 226 276 200` +
          `C281 246 268 ${y(276, 0.8)} 246 ${y(298, 0.9)}Q200 ${y(322, 1)} 154 ${y(298, 0.9)}C132 ${y(276, 0.8)} 119 246 124 200Z` +
          `M168 ${y(258 - smile * 4, 0.1)}C166 ${y(268, 0.7)} 178 ${y(277, 1.15)} 200 ${y(277, 1.15)}S234 ${y(268, 0.7)} 232 ${y(258 - smile * 4, 0.1)}C222 ${y(249 - lift, 0)} 178 ${y(249 - lift, 0)} 168 ${y(258 - smile * 4, 0.1)}Z`
        );
      },
    },
    { drawing: line('', '#4a3731', 2, { opacity: 0.7 }), d: ({ jaw }) => `M150 ${String(280 + jaw * 0.8)}q6 8 14 12M236 ${String(292 + jaw * 0.9)}q8-4 14-12M180 ${String(296 + jaw)}q8 6 16 6M206 ${String(302 + jaw)}q8 0 14-6` },
  ],
  over: [],
  hair: [
    path('M122 176C112 120 150 76 200 76S288 120 278 176C274 158 268 146 258 140C238 128 162 128 142 140C132 146 126 158 122 176Z', HAIR),
    ...curls([134, 132, 21], [140, 108, 24], [160, 88, 25], [186, 76, 25], [214, 76, 25], [240, 88, 25], [260, 108, 24], [266, 132, 21], [152, 130, 14], [172, 124, 15], [194, 122, 15], [214, 123, 15], [234, 126, 15], [250, 132, 13], [126, 154, 13], [274, 154, 13]),
    ...shines([140, 104, 9], [166, 84, 10], [196, 72, 10], [226, 76, 10], [252, 98, 9], [178, 106, 8], [212, 104, 8], [152, 122, 7], [244, 122, 7]),
  ],
  front: [
    group(
      { transform: 'translate(0 -14)' },
      line('M318 470Q322 430 318 408', '#10182b', 8),
      ['rect', { x: 296, y: 326, width: 44, height: 76, rx: 22, fill: 'url(#metal)' }],
      line('M296 352H340M296 364H340M296 376H340M297 340H339', '#7686ab', 2.4, { opacity: 0.8 }),
      line('M286 370V380A32 32 0 0 0 350 380V370', '#10182b', 6),
      circle(318, 338, 3.5, '#e2614a'),
    ),
  ],
};
