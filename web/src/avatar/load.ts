/** Which face a companion has; each of ours is a file of its own, fetched when somebody looks at it. */
import type { AvatarDriver } from './driver';

const designs = {
  juniper: async () => (await import('./svg/juniper')).juniper,
  'captain odile marsh': async () => (await import('./svg/odile')).odile,
  theo: async () => (await import('./svg/theo')).theo,
  'professor quill': async () => (await import('./svg/quill')).quill,
  sunniva: async () => (await import('./svg/sunniva')).sunniva,
  'wren calloway': async () => (await import('./svg/wren')).wren,
};

function isOurs(name: string): name is keyof typeof designs {
  return Object.hasOwn(designs, name);
}

export async function loadAvatar(name: string, bundled: boolean, picture: () => HTMLElement): Promise<AvatarDriver> {
  const key = name.toLocaleLowerCase();
  if (bundled && isOurs(key)) {
    const [{ SvgFace }, design] = await Promise.all([import('./svg/face'), designs[key]()]);
    return new SvgFace(design);
  }
  const { PortraitDriver } = await import('./portrait');
  return new PortraitDriver(picture());
}
