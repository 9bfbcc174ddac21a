/** What this browser remembers about how the page looks. Never anything that signs a person in. */
const MOTION = 'lares.motion';

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage switched off by the browser: the page still works, it only forgets
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // as above
  }
}

/** False where the browser keeps nothing, so that an absent value means nothing. */
function works(): boolean {
  try {
    return localStorage.length >= 0;
  } catch {
    return false;
  }
}

export const remembered = { read, write, works };

/** What somebody writes and how they listen stands under their id; how they look at their companions is whoever's is here. */
const OF_A_PERSON = /^lares\.(?:library|(?:drafts|outbox|voice)\.(\w{26}))$/;
const forgetters = new Set<() => void>();
/** Whose things this page holds, also when their session has ended. */
let holder: string | undefined;

/** What a page holds of somebody beside what the browser keeps. */
export function onForget(forget: () => void): void {
  forgetters.add(forget);
}

function forget(isMeant: (owner: string | undefined) => boolean): void {
  try {
    for (const key of Object.keys(localStorage)) {
      const match = OF_A_PERSON.exec(key);
      if (match && isMeant(match[1])) localStorage.removeItem(key);
    }
  } catch {
    // as above
  }
}

/** When somebody signs out: nothing of theirs stays in this browser. */
export function forgetPerson(): void {
  holder = undefined;
  forget(() => true);
  for (const letGo of forgetters) letGo();
}

/** That person is inside: what the one before them has left, without signing out, is not for their eyes. */
export function personIs(id: string): void {
  if (id === holder) return;
  const another = holder !== undefined;
  holder = id;
  forget((owner) => (owner === undefined ? another : owner !== id));
  if (another) for (const letGo of forgetters) letGo();
}

export type Motion = 'system' | 'less';

export function motion(): Motion {
  return read(MOTION) === 'less' ? 'less' : 'system';
}

export function applyMotion(next: Motion = motion()): void {
  write(MOTION, next === 'less' ? 'less' : null);
  document.documentElement.dataset.motion = next;
}

/** True when the person, here or in the system, asked for less movement. */
export function lessMotion(): boolean {
  return motion() === 'less' || window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** MUI's own manager writes under generic keys; ours keeps one prefix. */
export function themeStorage({ key }: { key: string }) {
  const name = `lares.${key}`;
  return {
    get: (fallback: unknown): unknown => read(name) ?? fallback,
    set: (value: unknown): void => {
      write(name, typeof value === 'string' ? value : null);
    },
    subscribe: (handler: (value: unknown) => void): (() => void) => {
      const listen = (event: StorageEvent) => {
        if (event.key === name) handler(event.newValue);
      };
      window.addEventListener('storage', listen);
      return () => {
        window.removeEventListener('storage', listen);
      };
    },
  };
}
