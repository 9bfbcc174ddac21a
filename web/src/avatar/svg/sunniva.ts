/** Sunniva, who keeps the lighthouse on Skarholm. Drawn for this project; CC0-1.0. */
import type { Design } from './design';
import { circle, type Drawing, ellipse, fade, glow, group, line, path } from './make';

const HAIR_LIGHT = '#f0d8a4';
const HAIR_DARK = '#a37a43';
const CREAM = '#f5ead6';
const NAVY = '#274253';

/** Where a row of the sweater's yoke runs: `across` from -1 to 1, round the neck. */
const yoke = (across: number, row: number): [number, number] => [200 + across * (84 + row * 20), 414 + row * 22 - across * across * (34 + row * 8)];
const stitches = (row: number, count: number, draw: (x: number, y: number) => Drawing): Drawing[] =>
  Array.from({ length: count }, (_, index) => draw(...yoke((index / (count - 1)) * 2 - 1, row)));
const diamond = (size: number, fill: string) => (x: number, y: number): Drawing => path(`M${String(x)} ${String(y - size)}l${String(size * 0.72)} ${String(size)}-${String(size * 0.72)} ${String(size)}-${String(size * 0.72)}-${String(size)}Z`, fill);
const gull = (x: number, y: number, size: number): Drawing => line(`M${String(x)} ${String(y)}q${String(size * 0.6)}-${String(size * 0.6)} ${String(size)} 0q${String(size * 0.4)}-${String(size * 0.6)} ${String(size)} 0`, '#f7f4ea', 2.8, { opacity: 0.9 });

export const sunniva: Design = {
  skin: { base: '#efbf9f', shade: '#cc8b6b', line: '#a65f48', light: '#fbdcc4', blush: '#dd4f41' },
  lips: { upper: '#b65a50', lower: '#cb7366', line: '#7d3530', up: 4.6, low: 7.4, half: 27, y: 253 },
  eyes: { y: 197, apart: 38, half: 19.5, up: 11.5, low: 8, slant: 0, iris: ['#5f9aa8', '#2c5768'], radius: 10.6, lash: '#5c4230', lashes: 3, crease: '#a65f48', white: '#fdf7ef' },
  brows: { y: 172, inner: 19, outer: 22, thick: 5.6, arch: 3, colour: '#a9814c' },
  head: (j) =>
    `M120 178C118 122 154 98 200 98S282 122 280 178C281 214 278 ${String(240 + j * 0.4)} 258 ${String(266 + j * 0.8)}C242 ${String(285 + j)} 222 ${String(293 + j)} 200 ${String(293 + j)}S158 ${String(285 + j)} 142 ${String(266 + j * 0.8)}C122 ${String(240 + j * 0.4)} 119 214 120 178Z`,
  defs: [
    fade('sky', [0, '#4f8a99'], [0.4, '#8dbbbd'], [0.62, '#dbe0cb'], [0.7, '#f2dfb8']),
    fade('sea', [0, '#3f7684'], [1, '#1f4757']),
    ['linearGradient', { id: 'beam', x1: 0, y1: 0, x2: 1, y2: 0 }, ['stop', { offset: 0, 'stop-color': '#fff6cf', 'stop-opacity': 0.85 }], ['stop', { offset: 1, 'stop-color': '#fff6cf', 'stop-opacity': 0 }]],
    glow('flame', [0, '#fff8dc', 1], [0.3, '#ffe9a8', 0.9], [1, '#ffe9a8', 0]),
    fade('hair', [0, '#e8c888'], [1, '#c09555']),
    fade('wool', [0, '#b34536'], [1, '#8a2f27']),
    fade('band', [0, '#3c6d7c'], [1, '#274f5e']),
    glow('wind', [0, '#d8473b', 0.36], [0.6, '#d8473b', 0.2], [1, '#d8473b', 0]),
  ],
  backdrop: [
    ['rect', { width: 400, height: 480, fill: 'url(#sky)' }],
    group({ fill: '#f4f1e4', opacity: 0.4 }, ['path', { d: 'M130 66C146 46 178 46 190 62C210 50 238 58 242 74C258 68 276 76 280 88H116C116 76 122 68 130 66Z' }], ['path', { d: 'M-20 214C0 194 34 194 46 210C62 200 84 206 88 222H-20Z' }], ['path', { d: 'M420 208C400 186 366 190 356 206C340 196 318 204 314 222H420Z' }]),
    path('M68 108L420 20V164L68 120Z', 'url(#beam)', { opacity: 0.75 }),
    path('M-10 318H410V490H-10Z', 'url(#sea)'),
    line('M0 334q14-8 28 0t28 0 28 0 28 0M290 336q14-8 28 0t28 0 28 0 28 0M-6 366q16-9 32 0t32 0 32 0M300 372q16-9 32 0t32 0 32 0M10 408q16-9 32 0t32 0M320 412q16-9 32 0t32 0', '#a9ced0', 3, { opacity: 0.55 }),
    path('M-10 352C-4 326 10 312 30 306C52 298 92 302 104 318C118 330 118 344 124 352Z', '#2c4a4a'),
    path('M-10 352C0 330 16 318 36 316C62 310 88 316 98 326C84 326 66 330 56 340C40 334 14 340 -10 352Z', '#466a5a'),
    path('M44 130H76L86 312H34Z', '#f7f1e4'),
    path('M66 130H76L86 312H70Z', '#cfc8b8', { opacity: 0.7 }),
    path('M41.6 172H78.4L80.6 210H39.4ZM37.2 250H82.8L85 290H35Z', '#b8432f'),
    path('M68.4 172H78.4L80.6 210H69.4ZM70 250H82.8L85 290H71Z', '#8c2d22', { opacity: 0.7 }),
    path('M38 124H82V132H38Z', '#274253'),
    path('M47 98H73V124H47Z', '#fbe9ae'),
    line('M47 98V124M60 98V124M73 98V124', '#274253', 2.4),
    path('M42 98Q60 74 78 98Z', '#b8432f'),
    line('M60 78V84', '#274253', 4),
    circle(60, 112, 56, 'url(#flame)'),
    path('M54 226H66V240H54Z', '#274253'),
    gull(312, 112, 15),
    gull(352, 146, 11),
    gull(128, 116, 9),
    // A puffin on a rock.
    path('M300 346C308 326 330 316 352 318C376 318 396 330 404 346Z', '#2c4a4a'),
    group(
      {},
      path('M346 320C338 308 338 288 350 280C362 276 372 286 372 300C372 310 368 318 362 322Z', '#20262e'),
      path('M349 318C344 308 345 296 352 292C359 296 361 310 356 320Z', '#f7f4ea'),
      path('M346 284C344 276 352 270 360 273C366 276 368 284 364 288Z', '#20262e'),
      ellipse(352, 281, 6, 5.4, '#f7f4ea'),
      path('M348 278L334 283Q336 289 348 287Z', '#e2703a'),
      path('M340 281L334 283Q335 287 340 287Z', '#d8a23f'),
      circle(352.5, 280, 1.6, '#20262e'),
      line('M352 321v4M360 321v4', '#e2703a', 2.6),
    ),
  ],
  behind: [
    path('M200 72C134 70 106 112 110 176C108 214 116 246 136 262H264C284 246 292 214 290 176C294 112 266 70 200 72Z', 'url(#hair)'),
    line('M118 196Q116 230 134 256M282 196Q284 230 266 256', HAIR_DARK, 3, { opacity: 0.5 }),
  ],
  neck: [
    path('M158 250H242V346Q240 380 200 384T158 346Z', '#e3ae8c'),
    path('M160 282Q200 326 240 278V310Q206 342 160 320Z', '#b9785a', { opacity: 0.5 }),
  ],
  body: [
    path('M2 492C-2 414 48 378 108 362Q146 350 158 338Q160 384 200 386T242 338Q254 350 292 362C352 378 402 414 398 492Z', 'url(#wool)'),
    path('M2 492C-2 440 24 404 58 384C48 420 50 460 58 492ZM398 492C402 440 376 404 342 384C352 420 350 460 342 492Z', '#5f1d18', { opacity: 0.35 }),
    // A round yoke, as such sweaters have.
    ...stitches(0, 13, diamond(7.5, CREAM)),
    ...stitches(0.95, 15, diamond(9.5, NAVY)),
    ...stitches(0.95, 15, diamond(4.5, CREAM)),
    ...stitches(1.9, 17, diamond(7.5, CREAM)),
    ...stitches(2.6, 19, (x, y) => circle(x, y, 2.6, CREAM)),
    path('M160 312Q151 309 149 320Q146 338 146 354C152 392 176 404 200 404S248 392 254 354Q254 338 251 320Q249 309 240 312Q230 348 200 350T160 312Z', CREAM),
    path('M148 354C152 392 176 404 200 404S248 392 252 354Q254 364 252 372C244 402 222 412 200 412S156 402 148 372Q146 364 148 354Z', NAVY),
    line('M154 326l-2 42M162 338l-3 46M171 346l-3 46M181 350l-2 50M191 353l-1 49M200 354v49M209 353l1 49M219 350l2 50M229 346l3 46M238 338l3 46M246 326l2 42', '#cdbb99', 2, { opacity: 0.8 }),
  ],
  ears: [
    path('M122 190C107 181 103 200 110 216C114 228 124 230 128 222Z', '#e3a283'),
    path('M278 190C293 181 297 200 290 216C286 228 276 230 272 222Z', '#e3a283'),
    circle(112, 228, 3.6, '#dfe6e2'),
    circle(288, 228, 3.6, '#dfe6e2'),
  ],
  skinDetail: [
    path('M116 150Q200 126 284 150V90H116Z', '#b9785a', { opacity: 0.34 }),
    path('M262 156C282 210 268 264 216 298H300V150Z', '#cc8b6b', { opacity: 0.26 }),
    path('M148 276Q200 318 252 276V312H148Z', '#cc8b6b', { opacity: 0.25 }),
    ellipse(152, 232, 27, 19, 'url(#wind)'),
    ellipse(248, 232, 27, 19, 'url(#wind)'),
    ellipse(200, 230, 15, 10, 'url(#wind)', { opacity: 0.75 }),
    line('M136 198l-10-5M136 204l-11 1M137 211l-10 6M264 198l10-5M264 204l11 1M263 211l10 6', '#a65f48', 1.8, { opacity: 0.42 }),
    line('M180 232Q169 242 167 254M220 232Q231 242 233 254', '#a65f48', 1.8, { opacity: 0.34 }),
    line('M172 152Q200 146 228 152M178 160Q200 156 222 160', '#a65f48', 1.7, { opacity: 0.28 }),
    line('M152 216Q163 222 174 218M226 218Q237 222 248 216', '#a65f48', 1.5, { opacity: 0.3 }),
  ],
  nose: [
    path('M204 200C202 214 191 224 190 232Q200 243 211 234C207 224 206 212 204 200Z', '#cc8b6b', { opacity: 0.4 }),
    line('M187 230Q188 238 197 239Q209 240 213 230', '#a65f48', 2.5),
    ellipse(200, 229, 5, 3.4, '#fde3cf', { opacity: 0.85 }),
  ],
  moving: [],
  over: [],
  hair: [
    // The bun, the crown, then a knitted band that keeps the wind out.
    path('M170 84C158 62 176 42 204 42C234 42 248 62 236 86Z', 'url(#hair)'),
    line('M176 74C184 56 210 50 228 62M182 82C190 66 212 60 232 74M190 50C210 46 226 52 234 66', HAIR_DARK, 2.4, { opacity: 0.6 }),
    line('M134 118Q150 92 176 82M262 116Q250 94 226 84M182 60Q190 50 202 50', '#f4efe4', 2.6, { opacity: 0.75 }),
    line('M170 66Q160 58 152 60M238 60Q246 50 254 54M214 42Q220 34 228 36', '#d9b573', 2.4),
    path('M114 162C108 106 144 74 200 74S292 106 286 162C276 130 246 112 200 112S124 130 114 162Z', 'url(#hair)'),
    line('M200 76Q176 84 160 114M186 76Q156 88 140 122M216 76Q244 84 252 116M232 80Q262 92 268 126', HAIR_DARK, 2.3, { opacity: 0.5 }),
    path('M160 92C176 80 198 78 214 80C194 86 178 94 168 104Z', HAIR_LIGHT, { opacity: 0.75 }),
    path('M122 168C120 152 126 140 140 134C176 122 224 122 260 134C274 140 280 152 278 168C272 154 264 148 250 146C232 156 214 150 200 142C186 150 162 156 148 148C136 148 126 156 122 168Z', 'url(#hair)'),
    line('M140 146Q156 150 170 144M260 146Q244 150 230 144M190 146l10-6 10 6', HAIR_DARK, 1.8, { opacity: 0.5 }),
    path('M112 172C108 148 116 128 138 118C178 100 222 100 262 118C284 128 292 148 288 172C286 154 276 144 258 138C220 124 180 124 142 138C124 144 114 154 112 172Z', 'url(#band)'),
    line('M116 156C122 142 130 134 144 128C180 114 220 114 256 128C270 134 278 142 284 156', CREAM, 3.4, { 'stroke-dasharray': '1 8.5', opacity: 0.95 }),
    line('M122 140C130 130 138 124 150 120M250 120C262 124 270 130 278 140', '#76a6b2', 2, { opacity: 0.7 }),
    path('M116 170C108 196 110 232 124 258C120 240 124 216 128 198C122 190 118 182 116 170ZM284 170C292 196 290 232 276 258C280 240 276 216 272 198C278 190 282 182 284 170Z', '#cda465'),
    line('M113 186Q106 222 116 252M287 186Q296 220 282 250', '#e8c888', 2.6),
  ],
  front: [],
};
