/** One layered face: builds its drawing once, then moves a few dozen attributes a frame. */
import { REST, type Mouth } from '../../audio/visemes';
import { type Activity, type AvatarDriver, type Emotion, emotions } from '../driver';
import type { Design } from './design';
import { draw, type Drawing, element, ellipse, glow, group, line, n, path } from './make';
import { type FacePose, faces, mix, mouthPose, type MouthPose, towards } from './pose';

const EMOTION_MS = 170;
const HEAD_MS = 260;
const EYES_MS = 55;
const BLINK_CLOSE_MS = 60;
const BLINK_MS = 190;
const BREATH_MS = 3_900;
/** A page that was hidden does not catch up. */
const LONGEST_FRAME_MS = 100;

/** Of the drawing: head and shoulders. What hangs over is cut by the frame. */
const WINDOW = '44 40 312 372';
/** Shoulders as near to the head as a person who leans in. */
const RAISE = 14;

let made = 0;

interface Eye {
  side: 1 | -1;
  clip: SVGElement;
  iris: SVGElement;
  pupil: SVGElement;
  shine: SVGElement;
  shadow: SVGElement;
  lash: SVGElement;
  crease: SVGElement;
  under: SVGElement;
  brow: SVGElement;
}

export class SvgFace implements AvatarDriver {
  readonly kind = 'svg';
  private readonly design: Design;
  private readonly own: string;
  private readonly random: () => number;
  private readonly root: SVGElement;
  private readonly part: Record<string, SVGElement> = {};
  private readonly eyes: Eye[];
  private readonly moving: { element: SVGElement; d: Design['moving'][number]['d'] }[];

  private said: Mouth = REST;
  private felt: Record<Emotion, number> = { neutral: 1, happy: 0, sad: 0, angry: 0, surprised: 0, tender: 0 };
  private feeling: Emotion = 'neutral';
  private intensity = 1;
  private doing: Activity = 'idle';
  private calm = false;
  private gaze = { x: 0, y: 0 };
  private glance = { x: 0, y: 0, until: 0 };
  private eye = { x: 0, y: 0 };
  private head = { turn: 0, tilt: 0, nod: 0 };
  private talk = 0;
  private last = 0;
  private blinkAt = 0;

  constructor(design: Design, random: () => number = Math.random) {
    made += 1;
    this.own = `f${String(made)}-`;
    this.design = design;
    this.random = random;
    this.moving = [];
    this.eyes = [];
    this.root = this.build();
    this.apply(faces.neutral, mouthPose(REST, faces.neutral), 0, 0);
  }

  mount(host: HTMLElement): void {
    host.append(this.root);
  }

  mouth(mouth: Mouth): void {
    this.said = mouth;
  }

  emotion(name: Emotion, intensity: number): void {
    this.feeling = name;
    this.intensity = Math.min(1, Math.max(0, intensity));
  }

  look(x: number, y: number): void {
    this.gaze = { x: Math.min(1, Math.max(-1, x)), y: Math.min(1, Math.max(-1, y)) };
  }

  activity(what: Activity): void {
    this.doing = what;
  }

  still(on: boolean): void {
    this.calm = on;
  }

  draw(now: number): void {
    const ms = this.last === 0 ? LONGEST_FRAME_MS : Math.min(LONGEST_FRAME_MS, Math.max(0, now - this.last));
    this.last = now;
    for (const name of emotions) {
      const goal = name === this.feeling ? this.intensity : name === 'neutral' ? 1 - this.intensity : 0;
      this.felt[name] = towards(this.felt[name], name === 'neutral' && this.feeling === 'neutral' ? 1 : goal, ms, EMOTION_MS);
    }
    const sum = emotions.reduce((total, name) => total + this.felt[name], 0);
    const felt = mix(emotions.map((name) => [faces[name], this.felt[name] / sum] as const));
    const mouth = mouthPose(this.said, felt);
    this.talk = towards(this.talk, Math.min(1, mouth.open / 14), ms, 120);

    const idle = this.calm ? { x: 0, y: 0 } : this.wander(now);
    const look = { x: this.gaze.x + idle.x, y: this.gaze.y + idle.y };
    this.eye.x = towards(this.eye.x, look.x, ms, EYES_MS);
    this.eye.y = towards(this.eye.y, look.y, ms, EYES_MS);
    const sway = this.calm ? 0 : Math.sin(now / 2_300) * 0.5 + Math.sin(now / 970) * 0.18;
    const thinking = this.doing === 'thinking' && !this.calm ? 1 : 0;
    this.head.turn = towards(this.head.turn, this.eye.x * 0.55 + sway * 0.12, ms, HEAD_MS);
    this.head.tilt = towards(this.head.tilt, felt.tilt + sway * 0.9 + thinking * 3 + (this.doing === 'listening' && !this.calm ? -2 : 0), ms, HEAD_MS);
    this.head.nod = towards(this.head.nod, felt.nod + this.eye.y * 0.35 + (this.calm ? 0 : (this.talk - 0.3) * 0.22 * (this.doing === 'speaking' ? 1 : 0)), ms, HEAD_MS);
    this.apply(felt, mouth, this.blink(now), this.calm ? 0 : (1 - Math.cos((now / BREATH_MS) * 2 * Math.PI)) / 2);
  }

  dispose(): void {
    this.root.remove();
  }

  /** Eyes are never quite still, and a thought looks up and aside. */
  private wander(now: number): { x: number; y: number } {
    if (now >= this.glance.until) {
      const away = this.doing === 'thinking' ? 1 : this.random() < 0.22 ? 0.5 : 0.08;
      const x = (this.random() * 2 - 1) * away * (this.doing === 'thinking' ? 0.7 : 1);
      const y = this.doing === 'thinking' ? -0.35 - this.random() * 0.4 : (this.random() * 2 - 1) * away * 0.5;
      this.glance = { x, y, until: now + 500 + this.random() * (away > 0.3 ? 900 : 2_600) };
    }
    return this.glance;
  }

  /** 0 open, 1 closed. */
  private blink(now: number): number {
    if (this.calm) return 0;
    if (this.blinkAt === 0 || now > this.blinkAt + BLINK_MS) {
      // Some blinks come in pairs.
      const soon = this.blinkAt !== 0 && this.random() < 0.14;
      this.blinkAt = now + (soon ? 90 : 1_800 + this.random() * 3_600);
    }
    const into = now - this.blinkAt;
    if (into < 0) return 0;
    return into < BLINK_CLOSE_MS ? into / BLINK_CLOSE_MS : Math.max(0, 1 - (into - BLINK_CLOSE_MS) / (BLINK_MS - BLINK_CLOSE_MS));
  }

  private build(): SVGElement {
    const { design: d } = this;
    const at = (name: string, drawing: Drawing): Drawing => [drawing[0], { ...drawing[1], 'data-part': name }, ...(drawing.slice(2) as Drawing[])];
    const { lips, skin } = d;
    const eye = (side: number): Drawing[] => [
      ['clipPath', { id: `eye${String(side)}` }, at(`clip${String(side)}`, path('', '#000'))],
      group(
        { 'clip-path': `url(#eye${String(side)})` },
        ellipse(0, 0, d.eyes.half + 4, 24, d.eyes.white),
        at(
          `iris${String(side)}`,
          group(
            {},
            ['circle', { r: d.eyes.radius, fill: 'url(#iris)', stroke: d.eyes.lash, 'stroke-width': 1.3, 'stroke-opacity': 0.75 }],
            at(`pupil${String(side)}`, d.eyes.slit === undefined ? ['circle', { r: d.eyes.radius * 0.46, fill: '#15100f' }] : ellipse(0, 0, d.eyes.radius * 0.46 * d.eyes.slit, d.eyes.radius * 0.72, '#15100f')),
            ellipse(0, d.eyes.radius * 0.55, d.eyes.radius * 0.5, d.eyes.radius * 0.28, '#fff', { opacity: 0.16 }),
          ),
        ),
        at(`shadow${String(side)}`, path('', '#1b1218', { opacity: 0.22 })),
        at(`shine${String(side)}`, group({}, ['circle', { cx: d.eyes.radius * 0.34, cy: -d.eyes.radius * 0.38, r: d.eyes.radius * 0.25, fill: '#fff', opacity: 0.95 }], ['circle', { cx: -d.eyes.radius * 0.4, cy: d.eyes.radius * 0.36, r: d.eyes.radius * 0.12, fill: '#fff', opacity: 0.7 }])),
      ),
      at(`under${String(side)}`, line('', skin.line, 1.4, { opacity: 0.4 })),
      at(`crease${String(side)}`, line('', d.eyes.crease, 1.6, { opacity: 0.6 })),
      at(`lash${String(side)}`, path('', d.eyes.lash)),
    ];
    const drawing: Drawing = [
      'svg',
      { width: '100%', height: '100%', 'aria-hidden': 'true', focusable: 'false', display: 'block' },
      [
        'defs',
        {},
        ...d.defs,
        glow('iris', [0, d.eyes.iris[0]], [0.62, d.eyes.iris[0]], [1, d.eyes.iris[1]]),
        glow('blush', [0, skin.blush, 0.75], [1, skin.blush, 0]),
        glow('socket', [0, skin.shade, 0.55], [1, skin.shade, 0]),
        ['clipPath', { id: 'face' }, at('faceClip', path('', '#000'))],
        ['clipPath', { id: 'mouth' }, at('mouthClip', path('', '#000'))],
      ],
      ['svg', { width: '100%', height: '100%', viewBox: '0 0 400 480', preserveAspectRatio: 'xMidYMid slice' }, ...d.backdrop],
      [
        'svg',
        { width: '100%', height: '100%', viewBox: WINDOW, preserveAspectRatio: 'xMidYMax meet', overflow: 'visible' },
        at('behind', group({}, ...d.behind)),
        at('neck', group({}, ...d.neck)),
        at('body', group({}, ...d.body)),
        at(
          'head',
          group(
            {},
            at('ears', group({}, ...d.ears)),
            at('skull', path('', skin.base)),
            group(
              { 'clip-path': 'url(#face)' },
              at(
                'features',
                group(
                  {},
                  ...d.skinDetail,
                  ...[-1, 1].map((side) => ellipse(200 + side * d.eyes.apart, d.eyes.y - 2, d.eyes.half + 9, 20, 'url(#socket)')),
                  at('blush', group({}, ...[-1, 1].map((side) => ellipse(200 + side * (d.eyes.apart + 13), d.eyes.y + 38, 24, 17, 'url(#blush)')))),
                ),
              ),
            ),
            ...d.moving.map(({ drawing: part }, index) => at(`moving${String(index)}`, part)),
            at(
              'inner',
              group(
                {},
                at('furrow', line(`M194 ${n(d.eyes.y - 22)}q2 7 0 13M206 ${n(d.eyes.y - 22)}q-2 7 0 13`, skin.line, 2, { opacity: 0 })),
                ...[-1, 1].map((side) => group({ transform: `translate(${n(200 + side * d.eyes.apart)} ${n(d.eyes.y)})` }, ...eye(side))),
                at('nose', group({}, ...d.nose)),
                group(
                  { transform: `translate(200 ${n(lips.y)})` },
                  at('dimples', line('', skin.line, 2, { opacity: 0 })),
                  at('lower', path('', lips.lower)),
                  at('upper', path('', lips.upper)),
                  at('hole', path('', '#4a161c')),
                  group({ 'clip-path': 'url(#mouth)' }, at('tongue', ellipse(0, 0, 12, 7, '#c8656a')), at('teethLow', path('', '#efe9df')), at('teethUp', path('', '#fffaf2'))),
                  at('lipLine', line('', lips.line, 1.9)),
                  at('chin', line('', skin.line, 2, { opacity: 0.35 })),
                ),
                ...[-1, 1].map((side) => at(`brow${String(side)}`, path('', d.brows.colour, { transform: `translate(${n(200 + side * d.eyes.apart)} ${n(d.brows.y)})` }))),
              ),
            ),
            at('over', group({}, ...d.over)),
            at('hair', group({}, ...d.hair)),
          ),
        ),
        at('front', group({}, ...d.front)),
      ],
    ];
    const root = draw(drawing, this.own);
    for (const one of root.querySelectorAll<SVGElement>('[data-part]')) this.part[one.dataset.part ?? ''] = one;
    for (const [index, { d: shape }] of d.moving.entries()) this.moving.push({ element: this.get(`moving${String(index)}`), d: shape });
    for (const side of [-1, 1] as const) {
      const get = (name: string) => this.get(`${name}${String(side)}`);
      this.eyes.push({ side, clip: get('clip'), iris: get('iris'), pupil: get('pupil'), shine: get('shine'), shadow: get('shadow'), lash: get('lash'), crease: get('crease'), under: get('under'), brow: get('brow') });
    }
    return root;
  }

  private get(name: string): SVGElement {
    return this.part[name] ?? element('g');
  }

  private set(name: string, attribute: string, value: string): void {
    this.part[name]?.setAttribute(attribute, value);
  }

  private apply(felt: FacePose, mouth: MouthPose, blink: number, breath: number): void {
    const { turn, tilt, nod } = this.head;
    const lift = breath * 2.6;
    const shift = (depth: number) => `translate(${n(turn * depth)} ${n(nod * depth * 0.62)})`;
    this.set('body', 'transform', `translate(0 ${n(-RAISE - lift)})`);
    this.set('neck', 'transform', `translate(${n(turn * 1.5)} ${n(-RAISE - lift * 0.9)})`);
    this.set('behind', 'transform', `translate(0 ${n(-lift * 0.8)}) rotate(${n(tilt)} 200 300) ${shift(-4)}`);
    this.set('head', 'transform', `translate(0 ${n(-lift * 0.8 + nod * 3)}) rotate(${n(tilt)} 200 300)`);
    this.set('ears', 'transform', shift(-3));
    this.set('features', 'transform', shift(6));
    this.set('inner', 'transform', shift(8));
    this.set('nose', 'transform', shift(4));
    this.set('over', 'transform', shift(8));
    this.set('hair', 'transform', shift(2.5));
    this.set('front', 'transform', `translate(0 ${n(-lift * 0.6)})`);

    const jaw = mouth.open * 0.34 + mouth.round * 1.5;
    const outline = this.design.head(jaw);
    this.set('skull', 'd', outline);
    this.set('faceClip', 'd', outline);
    this.set('blush', 'opacity', n(Math.min(1, felt.blush)));
    this.set('blush', 'transform', `translate(0 ${n(-felt.lower * 4)})`);
    this.set('furrow', 'opacity', n(Math.max(0, -felt.inner) * 0.7));
    this.applyMouth(mouth, felt.smile, jaw);
    for (const eye of this.eyes) this.applyEye(eye, felt, blink);
  }

  private applyEye({ side, clip, iris, pupil, shine, shadow, lash, crease, under, brow }: Eye, felt: FacePose, blink: number): void {
    const { eyes, brows } = this.design;
    const { half, slant } = eyes;
    const low = Math.max(1.5, eyes.low * (1 - felt.lower * 0.95));
    const open = eyes.up * (1 - Math.min(0.92, felt.upper)) - this.eye.y * 2.2;
    const up = open + (-low * 0.8 - open) * blink;
    const X = (x: number) => n(side * x);
    const upper = (rise: number) => `C${X(-half * 0.6)} ${n(2 - up * 1.22 - rise)} ${X(half * 0.42)} ${n(-slant - up * 1.38 - rise)} ${X(half)} ${n(-slant)}`;
    const lower = `C${X(half * 0.5)} ${n(low * 1.3 - slant * 0.4)} ${X(-half * 0.45)} ${n(low * 1.25 + 2)} ${X(-half)} 2`;
    const start = `M${X(-half)} 2`;
    clip.setAttribute('d', `${start}${upper(0)}${lower}Z`);
    shadow.setAttribute('d', `M${X(-half - 3)} -30L${X(half + 3)} -30L${X(half)} ${n(-slant + 4.5)}C${X(half * 0.42)} ${n(-slant - up * 1.38 + 5)} ${X(-half * 0.6)} ${n(7 - up * 1.22)} ${X(-half)} 6Z`);
    const wing = eyes.lashes;
    lash.setAttribute(
      'd',
      `${start}${upper(0)}L${X(half + wing * 1.1)} ${n(-slant - wing * 0.75 * (1 - blink))}C${X(half * 0.55)} ${n(-slant - up * 1.4 - wing)} ${X(-half * 0.55)} ${n(1 - up * 1.25 - wing * 0.72)} ${X(-half)} 2Z`,
    );
    crease.setAttribute('d', `M${X(-half * 0.72)} ${n(-2 - up * 0.55 - 4.5)}C${X(-half * 0.3)} ${n(-up * 1.12 - 6)} ${X(half * 0.4)} ${n(-slant - up * 1.15 - 6.5)} ${X(half * 1.02)} ${n(-slant - 5)}`);
    under.setAttribute('d', `M${X(half * 0.72)} ${n(low + 1.5)}Q${X(0)} ${n(low * 1.5 + 5.5 - felt.lower * 2)} ${X(-half * 0.6)} ${n(low + 3)}`);
    under.setAttribute('opacity', n(0.22 + Math.max(0, felt.lower) * 0.5));
    const move = `translate(${n(this.eye.x * 5)} ${n(this.eye.y * 4 + (eyes.low - eyes.up) * 0.16)})`;
    iris.setAttribute('transform', move);
    shine.setAttribute('transform', `translate(${n(this.eye.x * 3.6)} ${n(this.eye.y * 3)})`);
    pupil.setAttribute('transform', `scale(${n(felt.pupil)})`);

    const base = -felt.brow * 9 - blink * -1.5;
    const inner = base - felt.inner * 8 + Math.max(0, -felt.inner) * 1;
    const outer = base + felt.inner * 3.5;
    const draw = Math.max(0, -felt.inner) * 4;
    const [x0, x1] = [-brows.inner - draw, brows.outer];
    const middle = (inner + outer) / 2 - brows.arch - felt.brow * 2;
    const thick = brows.thick;
    const peak = x0 + (x1 - x0) * 0.58;
    brow.setAttribute(
      'd',
      `M${X(x0)} ${n(inner + thick * 0.4)}C${X(x0 + 8)} ${n(inner - thick * 0.5 - brows.arch * 0.3)} ${X(peak - 8)} ${n(middle - thick * 0.4)} ${X(peak)} ${n(middle)}S${X(x1 - 4)} ${n(outer - 1)} ${X(x1)} ${n(outer + 2.5)}C${X(x1 - 7)} ${n(outer + 1.5)} ${X(peak + 6)} ${n(middle + thick * 0.85)} ${X(peak - 2)} ${n(middle + thick * 0.95)}S${X(x0 + 6)} ${n(inner + thick * 0.95)} ${X(x0 + 1)} ${n(inner + thick * 1.35)}Q${X(x0 - 1.5)} ${n(inner + thick)} ${X(x0)} ${n(inner + thick * 0.4)}Z`,
    );
  }

  private applyMouth(mouth: MouthPose, smile: number, jaw: number): void {
    const { lips } = this.design;
    const w = lips.half * mouth.wide * (1 - 0.3 * mouth.round) * (1 + Math.max(0, smile) * 0.1);
    const cy = -smile * 5.5 * (1 - 0.5 * mouth.round) + mouth.open * 0.1;
    const inner = w * (0.9 - 0.08 * mouth.round);
    const rise = mouth.open * 0.3;
    const drop = mouth.open * 0.7 * (1 - 0.55 * mouth.tuck);
    const bulge = 0.52 + 0.12 * mouth.round;
    const up = lips.up * (1 - 0.62 * mouth.press) * (1 + 0.45 * mouth.round);
    const low = lips.low * (1 - 0.5 * mouth.press) * (1 + 0.35 * mouth.round) * (1 - 0.6 * mouth.tuck);
    const peak = -rise - up;
    const control = (middle: number) => (middle - 0.25 * cy) / 0.75;
    const [a, b] = [control(-rise), control(drop)];
    const innerTop = `C${n(-inner * bulge)} ${n(a)} ${n(inner * bulge)} ${n(a)} ${n(inner)} ${n(cy)}`;
    const hole = `M${n(-inner)} ${n(cy)}${innerTop}C${n(inner * bulge)} ${n(b)} ${n(-inner * bulge)} ${n(b)} ${n(-inner)} ${n(cy)}Z`;
    const side = cy + (peak - cy) * 0.55;
    this.set('upper', 'd', `M${n(-w)} ${n(cy)}C${n(-w * 0.66)} ${n(side)} ${n(-w * 0.42)} ${n(peak)} ${n(-w * 0.18)} ${n(peak)}Q0 ${n(peak + 3 * (1 - 0.6 * mouth.round))} ${n(w * 0.18)} ${n(peak)}C${n(w * 0.42)} ${n(peak)} ${n(w * 0.66)} ${n(side)} ${n(w)} ${n(cy)}C${n(inner * bulge)} ${n(a + 1)} ${n(-inner * bulge)} ${n(a + 1)} ${n(-w)} ${n(cy)}Z`);
    const bottom = control(drop + low);
    this.set('lower', 'd', `M${n(-w)} ${n(cy)}C${n(-inner * bulge)} ${n(b - 2)} ${n(inner * bulge)} ${n(b - 2)} ${n(w)} ${n(cy)}C${n(w * 0.56)} ${n(bottom)} ${n(-w * 0.56)} ${n(bottom)} ${n(-w)} ${n(cy)}Z`);
    const gap = rise + drop;
    this.set('hole', 'd', hole);
    this.set('hole', 'opacity', gap > 0.6 ? '1' : '0');
    this.set('mouthClip', 'd', hole);
    const above = Math.min(gap * (mouth.tuck > 0.3 ? 0.95 : 0.44), 7.5) * mouth.above;
    const below = Math.min(gap * 0.34, 5) * mouth.below;
    const sag = Math.min(2.5, gap * 0.2);
    this.set('teethUp', 'd', above < 0.4 ? '' : `M${n(-w)} ${n(-rise - 12)}H${n(w)}V${n(cy)}Q${n(w * 0.5)} ${n(-rise + above)} 0 ${n(-rise + above)}T${n(-w)} ${n(cy)}Z`);
    this.set('teethLow', 'd', below < 0.4 ? '' : `M${n(-w)} ${n(drop + 8)}H${n(w)}V${n(cy + sag)}Q${n(w * 0.6)} ${n(drop - below)} 0 ${n(drop - below)}T${n(-w)} ${n(cy + sag)}Z`);
    const tongue = this.get('tongue');
    tongue.setAttribute('rx', n(w * (mouth.tongue > 0.9 ? 0.46 : 0.56)));
    tongue.setAttribute('ry', n(Math.max(3, gap * 0.34)));
    tongue.setAttribute('cy', n(drop + gap * 0.16 - gap * 0.42 * mouth.tongue));
    tongue.setAttribute('opacity', mouth.tongue > 0.05 && gap > 2 ? '1' : '0');
    const corner = cy - smile * 1.2;
    const flat = (1 - 0.25 * corner) / 0.75;
    this.set('lipLine', 'd', gap > 0.6 ? `M${n(-inner)} ${n(cy)}${innerTop}` : `M${n(-w - 1)} ${n(corner)}C${n(-w * 0.5)} ${n(flat)} ${n(w * 0.5)} ${n(flat)} ${n(w + 1)} ${n(corner)}`);
    const grin = Math.max(0, smile);
    this.set('dimples', 'd', `M${n(-w - 5)} ${n(cy - 5)}q-3.5 4 -1 9M${n(w + 5)} ${n(cy - 5)}q3.5 4 1 9`);
    this.set('dimples', 'opacity', n(Math.max(0, grin - 0.35) * 0.8));
    const under = drop + low + 7;
    this.set('chin', 'd', `M${n(-w * 0.36)} ${n(under)}Q0 ${n(under + 3.5)} ${n(w * 0.36)} ${n(under)}`);
    const moving = { jaw, lift: rise, smile };
    for (const { element: one, d } of this.moving) one.setAttribute('d', d(moving));
  }
}
