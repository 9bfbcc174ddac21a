/** Juniper, gardener of a rooftop greenhouse. Drawn for this project; CC0-1.0. */
import type { Design } from './design';
import { circle, type Drawing, ellipse, fade, glow, group, line, path } from './make';

const HAIR = '#33251f';
const HAIR_LIGHT = '#5d453a';
const leaf = (x: number, y: number, turn: number, size: number, fill: string): Drawing =>
  group(
    { transform: `translate(${String(x)} ${String(y)}) rotate(${String(turn)}) scale(${String(size)})` },
    path('M0 0C8-22 30-30 52-22C44 2 22 12 0 0Z', fill),
    line('M2-1Q26-10 46-20', '#3f6b45', 2, { opacity: 0.7 }),
  );
const tomato = (x: number, y: number, r: number): Drawing =>
  group({}, circle(x, y, r, '#d5573b'), circle(x - r * 0.3, y - r * 0.35, r * 0.28, '#f2a58d'), path(`M${String(x - r * 0.5)} ${String(y - r * 0.8)}l${String(r * 0.5)} ${String(r * 0.3)} ${String(r * 0.5)}-${String(r * 0.3)}-${String(r * 0.2)} ${String(r * 0.45)}-${String(r * 0.3)}-${String(r * 0.1)}-${String(r * 0.3)} ${String(r * 0.1)}z`, '#4f7a4b'));

export const juniper: Design = {
  skin: { base: '#e9b690', shade: '#c98762', line: '#a5654a', light: '#f8d4b4', blush: '#e56f55' },
  lips: { upper: '#b8554b', lower: '#cf7162', line: '#7a2f2c', up: 5.5, low: 8, half: 24, y: 254 },
  eyes: { y: 197, apart: 36, half: 20, up: 13.5, low: 9, slant: 2, iris: ['#a07a3f', '#4d3417'], radius: 11.5, lash: '#2a1b17', lashes: 4.6, crease: '#a5654a', white: '#fffaf3' },
  brows: { y: 169, inner: 17, outer: 21, thick: 5, arch: 4.5, colour: '#3d2b24' },
  head: (j) =>
    `M126 178C124 124 156 98 200 98S276 124 274 178C274 214 267 ${String(244 + j * 0.4)} 246 ${String(267 + j * 0.8)}C231 ${String(283 + j)} 217 ${String(293 + j)} 200 ${String(293 + j)}S169 ${String(283 + j)} 154 ${String(267 + j * 0.8)}C133 ${String(244 + j * 0.4)} 126 214 126 178Z`,
  defs: [
    fade('air', [0, '#eaf2dc'], [0.55, '#c3d6b0'], [1, '#86a679']),
    glow('sun', [0, '#fffbe6', 1], [0.35, '#fdf3cf', 0.85], [1, '#fdf3cf', 0]),
    fade('wool', [0, '#f8ecd7'], [1, '#e2cda9']),
    fade('apron', [0, '#5f8f66'], [1, '#416949']),
    fade('hair', [0, '#46332b'], [1, '#2a1e1a']),
  ],
  backdrop: [
    ['rect', { width: 400, height: 480, fill: 'url(#air)' }],
    circle(308, 92, 120, 'url(#sun)'),
    group({ stroke: '#f7faf0', 'stroke-width': 5, fill: 'none', opacity: 0.75 }, ['path', { d: 'M0 118H400M0 268H400M64 0V480M200 0V118M336 0V480M64 118L0 48M336 118L400 48' }]),
    group(
      { opacity: 0.55 },
      path('M-10 480C10 330-6 250 40 190C60 260 50 380 40 480Z', '#7ba171'),
      path('M410 480C400 340 412 250 356 176C338 250 346 380 356 480Z', '#7ba171'),
    ),
    leaf(20, 330, -70, 1.7, '#5d8a57'),
    leaf(44, 372, -35, 1.6, '#6c9a63'),
    leaf(28, 404, -100, 1.6, '#4f7a4b'),
    leaf(8, 260, -50, 1.5, '#6c9a63'),
    leaf(384, 340, 232, 1.7, '#5d8a57'),
    leaf(362, 388, 205, 1.5, '#6c9a63'),
    leaf(398, 260, 218, 1.5, '#4f7a4b'),
    leaf(352, 190, 250, 1.1, '#6c9a63'),
    tomato(52, 322, 15),
    tomato(76, 350, 13),
    tomato(346, 314, 15),
    tomato(366, 288, 11),
    circle(96, 214, 7, '#fff', { opacity: 0.25 }),
    circle(120, 60, 11, '#fff', { opacity: 0.22 }),
    circle(330, 226, 9, '#fff', { opacity: 0.22 }),
  ],
  behind: [
    path('M200 66C128 62 94 112 99 182C102 224 92 262 110 290C128 306 152 300 160 282H240C248 300 272 306 290 290C308 262 298 224 301 182C306 112 272 62 200 66Z', 'url(#hair)'),
    line('M112 214Q108 256 122 286M288 214Q292 256 278 286', HAIR_LIGHT, 3, { opacity: 0.5 }),
  ],
  neck: [
    path('M170 258H230V338Q228 372 200 376T170 338Z', '#e0a880'),
    path('M170 280Q200 322 230 276V306Q204 336 170 318Z', '#b9784f', { opacity: 0.55 }),
    path('M140 352Q200 330 260 352L236 410H164Z', '#e4ad86'),
    line('M178 362Q188 366 192 360M222 362Q212 366 208 360', '#b9784f', 2.4, { opacity: 0.6 }),
  ],
  body: [
    path('M26 492C24 416 66 378 118 362Q150 352 166 340Q168 372 200 374T234 340Q250 352 282 362C334 378 376 416 374 492Z', 'url(#wool)'),
    path('M166 340Q158 346 152 350Q158 392 200 394T248 350Q242 346 234 340Q232 374 200 374T166 340Z', '#f6ead4'),
    line('M166 344Q168 376 200 378T234 344M160 350Q164 386 200 388T240 350', '#cdb488', 1.6, { opacity: 0.8 }),
    path('M26 492C24 440 44 406 74 386C66 420 70 460 76 492ZM374 492C376 440 356 406 326 386C334 420 330 460 324 492Z', '#c9ae80', { opacity: 0.45 }),
    path('M124 360L146 352C142 388 146 408 150 424H250C254 408 258 388 254 352L276 360C272 392 276 412 282 430Q284 462 286 492H114Q116 462 118 430C124 412 128 392 124 360Z', 'url(#apron)'),
    line('M130 360Q132 396 126 430M270 360Q268 396 274 430', '#33553b', 2, { opacity: 0.6 }),
    line('M122 432Q200 424 278 432', '#86b08a', 2.5, { opacity: 0.7, 'stroke-dasharray': '5 5' }),
    path('M166 456H234V492H166Z', '#4c7753'),
    line('M166 457H234', '#86b08a', 2.5),
    leaf(196, 458, -62, 0.62, '#8fbd7c'),
    leaf(204, 458, -22, 0.52, '#79a96a'),
    circle(136, 372, 5, '#d9b25c'),
    circle(264, 372, 5, '#d9b25c'),
  ],
  ears: [
    path('M128 190C114 182 110 200 116 214C120 226 128 228 132 222Z', '#dfa27c'),
    path('M272 190C286 182 290 200 284 214C280 226 272 228 268 222Z', '#dfa27c'),
    circle(120, 227, 4.5, '#6f9a63'),
    circle(280, 227, 4.5, '#6f9a63'),
  ],
  skinDetail: [
    path('M126 150Q200 128 274 150V92H126Z', '#b87d58', { opacity: 0.35 }),
    path('M256 160C276 210 262 262 214 296H290V150Z', '#c98762', { opacity: 0.28 }),
    path('M150 274Q200 316 250 274L250 310H150Z', '#c98762', { opacity: 0.25 }),
    ...([[176, 222], [168, 228], [183, 229], [160, 221], [226, 222], [234, 228], [218, 229], [241, 221], [194, 216], [206, 217]] as const).map(([x, y]) => circle(x, y, 1.5, '#b9714b', { opacity: 0.6 })),
  ],
  nose: [
    path('M203 200C200 214 193 226 193 232Q200 240 208 234C205 224 205 210 203 200Z', '#d19068', { opacity: 0.45 }),
    line('M191 231Q193 237 199 237.5Q206 238 209 231', '#a5654a', 2.4),
    ellipse(200, 229, 4, 3, '#fbdcbf', { opacity: 0.8 }),
  ],
  moving: [],
  over: [],
  hair: [
    path('M120 206C104 150 116 92 168 76C206 64 258 70 282 106C304 140 298 176 282 208C282 184 276 162 262 142C250 128 236 118 222 112C212 134 184 148 150 156C134 162 126 178 120 206Z', 'url(#hair)'),
    path('M124 150C104 200 108 254 131 278C123 246 127 212 138 176C134 164 130 156 124 150ZM278 140C298 200 294 254 269 280C278 248 274 214 264 172C268 158 272 148 278 140Z', HAIR),
    line('M222 111C196 126 160 134 138 152M216 98C184 104 150 116 130 142M236 96C262 106 280 130 284 162M232 110C254 122 270 142 276 166', HAIR_LIGHT, 3, { opacity: 0.75 }),
    path('M150 96C170 80 204 76 226 82C200 82 172 92 154 108Z', '#7a5d4e', { opacity: 0.55 }),
    leaf(262, 104, -52, 0.62, '#7fae6f'),
    leaf(262, 106, -8, 0.6, '#6b9b5e'),
    leaf(258, 108, 34, 0.46, '#8fbd7c'),
    circle(263, 106, 4.5, '#f3e3a6'),
  ],
  front: [],
};
