/** Professor Quill, a very old, very small dragon. Drawn for this project; CC0-1.0. */
import type { Design } from './design';
import { circle, type Drawing, ellipse, fade, glow, group, line, path } from './make';

const SCALE = '#a8572f';
const HORN = '#f0dfbd';
const BOOKS = ['#7c3b34', '#3f5d4c', '#9a7434', '#3c4f6b', '#5d3f5a', '#8a5a3a', '#2f5a60', '#a3573a'] as const;

/** Books side by side on a board, each as wide and as tall as chance, always the same chance. */
const shelf = (y: number, seed: number): Drawing[] => {
  const drawn: Drawing[] = [];
  for (let x = -8, at = seed; x < 408; at += 1) {
    const width = 13 + ((at * 7) % 11);
    const height = 52 + ((at * 13) % 19);
    const colour = BOOKS[(at * 5) % BOOKS.length] ?? BOOKS[0];
    drawn.push(['rect', { x, y: y - height, width, height, rx: 1.5, fill: colour }]);
    if (at % 2 === 0) drawn.push(line(`M${String(x + 2)} ${String(y - height + 10)}h${String(width - 4)}M${String(x + 2)} ${String(y - 12)}h${String(width - 4)}`, '#e0c07a', 2, { opacity: 0.7 }));
    x += width + 1.5;
  }
  return [...drawn, ['rect', { x: -10, y, width: 420, height: 9, fill: '#4a2c1b' }], ['rect', { x: -10, y: y + 9, width: 420, height: 9, fill: '#1d110b', opacity: 0.55 }]];
};
const scales = (...places: [number, number][]): Drawing => line(places.map(([x, y]) => `M${String(x - 5)} ${String(y)}q5 6 10 0`).join(''), SCALE, 1.9, { opacity: 0.7 });
const both = (draw: (side: 1 | -1) => Drawing[]): Drawing[] => [...draw(-1), ...draw(1)];
const mirrored = (side: 1 | -1, ...children: Drawing[]): Drawing => (side === -1 ? group({}, ...children) : group({ transform: 'translate(400 0) scale(-1 1)' }, ...children));

export const quill: Design = {
  skin: { base: '#cf7f4d', shade: '#9b512c', line: '#74371c', light: '#eeb380', blush: '#d94a2b' },
  lips: { upper: '#b4653a', lower: '#c77846', line: '#57260f', up: 3, low: 4.6, half: 36, y: 259 },
  eyes: { y: 184, apart: 42, half: 23, up: 16, low: 10, slant: 4, iris: ['#f0c24a', '#a8731a'], radius: 14, slit: 0.5, lash: '#4a2110', lashes: 3.4, crease: '#74371c', white: '#fff6dc' },
  brows: { y: 153, inner: 20, outer: 26, thick: 8.5, arch: 6, colour: '#8a4423' },
  head: (j) =>
    `M126 168C126 118 160 100 200 100S274 118 274 168C274 192 262 204 260 218C266 228 270 ${String(240 + j * 0.3)} 266 ${String(256 + j * 0.7)}C258 ${String(282 + j)} 232 ${String(292 + j)} 200 ${String(292 + j)}S142 ${String(282 + j)} 134 ${String(256 + j * 0.7)}C130 ${String(240 + j * 0.3)} 134 228 140 218C138 204 126 192 126 168Z`,
  defs: [
    fade('room', [0, '#2b1a12'], [1, '#4a2f1f']),
    glow('lamp', [0, '#ffe9ac', 0.95], [0.35, '#f8c869', 0.5], [1, '#f8c869', 0]),
    fade('shade', [0, '#2f7d5b'], [1, '#1c5640']),
    fade('brass', [0, '#f2d48c'], [0.5, '#cf9b42'], [1, '#8a5f20']),
    fade('horn', [0, '#fff3d6'], [1, '#c7a877']),
    fade('copper', [0, '#d98a56'], [1, '#a9582f']),
    fade('belly', [0, '#f6d9a6'], [1, '#e0b377']),
    fade('gown', [0, '#274a47'], [1, '#152c2c']),
    fade('fin', [0, '#e39a5e'], [1, '#b5532d']),
    fade('wing', [0, '#8f4526'], [1, '#6b3019']),
    glow('muzzle', [0, '#f0b784', 0.95], [0.65, '#e5a069', 0.7], [1, '#dd9058', 0]),
  ],
  backdrop: [
    ['rect', { width: 400, height: 480, fill: 'url(#room)' }],
    ...shelf(88, 3),
    ...shelf(178, 11),
    ...shelf(268, 6),
    ...shelf(358, 16),
    ['rect', { width: 400, height: 480, fill: '#1a0f0a', opacity: 0.3 }],
    circle(326, 190, 190, 'url(#lamp)'),
    // The reading lamp that he lives in.
    line('M346 176V330', '#8a5f20', 7),
    line('M344 176V330', '#f2d48c', 2, { opacity: 0.8 }),
    path('M286 176C288 142 318 132 346 132S404 142 406 176Z', 'url(#shade)'),
    path('M296 164C302 148 318 141 332 139C318 146 310 154 306 166Z', '#8fd1ae', { opacity: 0.55 }),
    path('M282 174H410V182H282Z', 'url(#brass)'),
    circle(346, 128, 6, 'url(#brass)'),
    path('M312 330Q346 314 380 330V342H312Z', 'url(#brass)'),
    ...([[40, 116], [86, 214], [60, 300], [298, 222], [316, 250], [120, 60], [286, 204]] as const).map(([x, y], index) => circle(x, y, 1.4 + (index % 3) * 0.5, '#ffe9ac', { opacity: 0.55 })),
  ],
  behind: both((side) => [
    mirrored(
      side,
      // A folded wing.
      path('M118 420C70 400 44 344 34 266C50 282 58 288 70 290C66 270 68 252 76 236C86 268 104 300 150 330Z', 'url(#wing)'),
      line('M34 268C62 320 96 360 130 384M76 240C86 290 108 330 138 352M70 292C86 330 108 358 132 370', '#4f210f', 3, { opacity: 0.7 }),
      circle(34, 266, 4, HORN),
      circle(76, 237, 3.4, HORN),
    ),
  ]),
  neck: [
    path('M158 262H242V352Q244 384 200 388T156 352Z', 'url(#copper)'),
    path('M172 268H228V372Q216 384 200 384T172 372Z', 'url(#belly)'),
    line('M172 306Q200 316 228 306M172 324Q200 334 228 324M172 342Q200 352 228 342M172 360Q200 370 228 360', '#b98448', 2.4, { opacity: 0.8 }),
    path('M156 284Q200 326 244 280V306Q206 340 156 320Z', '#6d3216', { opacity: 0.42 }),
  ],
  body: [
    path('M56 492C54 424 92 388 136 370Q156 360 162 348Q180 372 200 374T238 348Q244 360 264 370C308 388 346 424 344 492Z', 'url(#copper)'),
    path('M164 352Q180 374 200 374T236 352C246 380 250 440 246 492H154C150 440 154 380 164 352Z', 'url(#belly)'),
    line('M160 424Q200 436 240 424M157 446Q200 458 243 446M155 468Q200 480 245 468', '#b98448', 2.4, { opacity: 0.8 }),
    path('M50 492C48 424 88 384 134 366Q152 358 160 346L176 372C158 400 160 450 168 492Z', 'url(#gown)'),
    path('M350 492C352 424 312 384 266 366Q248 358 240 346L224 372C242 400 240 450 232 492Z', 'url(#gown)'),
    path('M160 346L176 372C158 400 160 450 168 492H148C138 450 138 400 148 357Q156 352 160 346Z', '#8c2f3a'),
    path('M240 346L224 372C242 400 240 450 232 492H252C262 450 262 400 252 357Q244 352 240 346Z', '#7c2833'),
    line('M92 402Q84 446 92 492M308 402Q316 446 308 492M116 386Q106 440 116 492M284 386Q294 440 284 492', '#0e2020', 2.4, { opacity: 0.5 }),
    // A bow tie: he teaches, after all.
    path('M200 388C188 372 170 368 160 374C156 386 158 402 164 410C178 412 192 402 200 392C208 402 222 412 236 410C242 402 244 386 240 374C230 368 212 372 200 388Z', '#3d5c8c'),
    path('M160 374C172 378 186 384 196 390C184 394 172 400 164 410C158 402 156 386 160 374ZM240 374C228 378 214 384 204 390C216 394 228 400 236 410C242 402 244 386 240 374Z', '#2b4470', { opacity: 0.6 }),
    ...([[172, 384], [168, 396], [180, 392], [228, 384], [232, 396], [220, 392]] as const).map(([x, y]) => circle(x, y, 2.2, '#f2e3b8')),
    ['rect', { x: 192, y: 381, width: 16, height: 19, rx: 6, fill: '#4a6ca0' }],
  ],
  ears: both((side) => [
    mirrored(
      side,
      path('M134 160C112 136 84 130 60 140C72 150 74 158 72 168C84 170 88 178 88 188C100 188 106 194 108 204C118 202 128 206 136 212Z', 'url(#fin)'),
      line('M132 166C108 150 84 144 62 141M132 178C112 170 92 168 73 168M134 192C118 188 104 188 89 188', '#7d3718', 2.6, { opacity: 0.8 }),
      path('M136 168C124 164 116 176 120 192C124 202 132 206 138 204Z', '#9b512c', { opacity: 0.6 }),
    ),
  ]),
  skinDetail: [
    path('M120 142Q200 112 280 142V90H120Z', '#74371c', { opacity: 0.28 }),
    path('M254 150C276 210 262 270 214 300H292V150Z', '#74371c', { opacity: 0.2 }),
    ellipse(200, 246, 72, 48, 'url(#muzzle)'),
    path('M190 108Q200 130 210 108L214 176Q206 200 200 206Q194 200 186 176Z', '#e39a62', { opacity: 0.6 }),
    scales([160, 126], [178, 120], [222, 120], [240, 126], [170, 136], [230, 136], [188, 132], [212, 132], [200, 122], [200, 142], [150, 140], [250, 140], [142, 206], [152, 214], [258, 206], [248, 214], [148, 228], [160, 224], [252, 228], [240, 224], [184, 146], [216, 146]),
    path('M160 280Q200 304 240 280V306H160Z', '#74371c', { opacity: 0.22 }),
  ],
  nose: [
    path('M180 230C184 220 192 218 200 219S216 220 220 230C216 242 184 242 180 230Z', '#e6a873', { opacity: 0.85 }),
    path('M184 233C184 227 190 226 193 231C192 235 187 237 184 233ZM216 233C216 227 210 226 207 231C208 235 213 237 216 233Z', '#571f0c'),
    line('M181 229Q185 223 191 224M219 229Q215 223 209 224', '#8a4423', 2.2),
    line('M200 240V248', '#8a4423', 2, { opacity: 0.55 }),
  ],
  moving: [
    // Whiskers of an old scholar, on a chin that moves.
    {
      drawing: path('', '#f3e6c8'),
      d: ({ jaw }) => {
        const y = (at: number) => String(Math.round((at + jaw) * 10) / 10);
        return `M182 ${y(284)}C182 ${y(300)} 190 ${y(312)} 196 ${y(326)}C198 ${y(318)} 199 ${y(314)} 201 ${y(312)}C203 ${y(320)} 206 ${y(324)} 210 ${y(328)}C210 ${y(312)} 218 ${y(300)} 218 ${y(284)}Q200 ${y(294)} 182 ${y(284)}Z`;
      },
    },
    { drawing: line('', '#c9b48a', 1.8, { opacity: 0.8 }), d: ({ jaw }) => `M192 ${String(292 + jaw)}q2 12 5 20M200 ${String(294 + jaw)}v14M208 ${String(292 + jaw)}q-2 12 0 22` },
    {
      drawing: line('', '#f3e6c8', 3.2),
      d: ({ lift, smile }) => `M148 ${String(244 - lift - smile * 2)}q-24 ${String(-4 - smile * 6)}-44 ${String(10 - smile * 8)}M252 ${String(244 - lift - smile * 2)}q24 ${String(-4 - smile * 6)} 44 ${String(10 - smile * 8)}`,
    },
  ],
  over: [
    // Half-moons, far down the nose.
    path('M138 207H184C184 225 174 234 161 234S138 225 138 207ZM216 207H262C262 225 252 234 239 234S216 225 216 207Z', '#dff0f2', { opacity: 0.26 }),
    line('M138 207H184C184 225 174 234 161 234S138 225 138 207ZM216 207H262C262 225 252 234 239 234S216 225 216 207ZM184 210Q200 199 216 210M138 208L126 198M262 208L274 198', '#e0b455', 3),
    line('M145 212L156 229M153 211L162 225M223 212L234 229', '#fff', 2.4, { opacity: 0.55 }),
  ],
  hair: [
    ...both((side) => [
      mirrored(
        side,
        path('M148 132C128 118 108 92 104 52C116 76 136 92 160 98C168 104 172 112 172 118C164 120 154 126 148 132Z', 'url(#horn)'),
        line('M126 104Q136 98 142 92M136 116Q146 108 152 98M116 88Q122 84 126 80', '#a5824f', 2.4, { opacity: 0.75 }),
      ),
    ]),
    // The crest.
    path('M174 112C170 96 174 84 180 76C184 86 188 92 190 98C190 80 194 62 200 50C206 62 210 80 210 98C212 92 216 86 220 76C226 84 230 96 226 112Q200 98 174 112Z', 'url(#fin)'),
    line('M181 84Q180 96 182 106M200 60V100M219 84Q220 96 218 106', '#7d3718', 2.2, { opacity: 0.7 }),
    ...both((side) => [mirrored(side, path('M130 150C118 146 112 138 110 130C120 134 130 136 138 138Z', 'url(#horn)'))]),
  ],
  front: [
    // Tea that leaves no ring.
    ['rect', { x: 296, y: 404, width: 96, height: 20, rx: 3, fill: '#7c3b34' }],
    ['rect', { x: 388, y: 407, width: 6, height: 14, fill: '#f3e6c8' }],
    ['rect', { x: 304, y: 388, width: 84, height: 16, rx: 3, fill: '#3f5d4c' }],
    line('M304 393H388M296 410H392', '#e0c07a', 1.8, { opacity: 0.7 }),
    ellipse(342, 388, 30, 5, '#e9dfca'),
    path('M322 358H362C362 376 354 386 342 386S322 376 322 358Z', '#f7f1e4'),
    line('M362 362C374 360 374 376 358 377', '#f7f1e4', 4),
    ellipse(342, 358, 20, 4.5, '#a05f2c'),
    line('M334 348q-5-8 0-15t0-14M347 346q-5-8 0-14t0-14', '#fff', 2.6, { opacity: 0.4 }),
  ],
};
