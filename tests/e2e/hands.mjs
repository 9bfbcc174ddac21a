// Without a mouse, with less movement, in other languages.
import { check, composer, deep, firstAccount, noOverflow, noViolations, open, routes, scenario, Server, stopButton, until } from './kit.mjs';

const server = new Server();
let page;
const focused = () => page.evaluate(() => `${document.activeElement?.tagName ?? ''} ${document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''}`.trim());
async function tabTo(pattern, most = 40) {
  for (let step = 0; step < most; step += 1) {
    await page.keyboard.press('Tab');
    if (pattern.test(await focused())) return;
  }
  throw new Error(`the keyboard does not reach ${String(pattern)}; it stands on ${await focused()}`);
}

await scenario({
  async 'the first account is made with the keyboard alone'() {
    await server.start();
    await server.talking();
    page = await open(server, { most: 200, endless: true, expect: [/status of 409/] });
    await page.getByRole('heading', { name: 'Welcome home' }).waitFor();
    await until(async () => (await page.evaluate(() => document.activeElement?.getAttribute('name'))) === 'email', 'the first field has the focus');
    for (const text of ['ada@example.org', 'ada', 'correct horse battery staple 7']) {
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    // The eye button is next after the password: Enter there shows it, so the form is sent from the button after it.
    if ((await page.getByRole('heading', { name: 'Welcome home' }).count()) > 0) {
      await tabTo(/Create the first account/);
      await page.keyboard.press('Enter');
    }
    await page.getByRole('heading', { level: 1, name: 'Companions' }).waitFor();
  },

  async 'a navigation tells where it led, and every stop shows its focus'() {
    await until(async () => /^H1/.test(await focused()), 'the heading has the focus');
    await page.getByRole('link', { name: 'Talk with Juniper' }).waitFor();
    await page.keyboard.press('Shift+Tab');
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab');
      const visible = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return true;
        const style = getComputedStyle(element);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none' || element.matches('h1, main, input');
      });
      check(visible, `no visible focus on ${await focused()}`);
    }
  },

  async 'the way past the menu is one key'() {
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Companions' }).waitFor();
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('Tab');
    check(/Skip to content/.test(await focused()), `first stop: ${await focused()}`);
    await page.keyboard.press('Enter');
    await until(async () => (await page.evaluate(() => document.activeElement?.id)) === 'content', 'the content has the focus');
  },

  async 'a conversation is held with the keyboard alone'() {
    await page.getByRole('link', { name: 'Talk with Juniper' }).waitFor();
    await tabTo(/Talk with Juniper/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Juniper' }).waitFor();
    await until(async () => /Write to Juniper/.test(await focused()), 'the composer has the focus');
    await page.keyboard.type('Tell me a very long story about');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('seeds. Do not stop early.');
    check((await composer(page).inputValue()).includes('\n'), 'Shift+Enter made no new line');
    await page.keyboard.press('Enter');
    await stopButton(page).waitFor();
    await page.keyboard.press('Escape');
    await stopButton(page).waitFor({ state: 'hidden' });
    await until(async () => /Write to Juniper/.test(await focused()), 'the composer has the focus again');
  },

  async 'a dialog keeps the focus and gives it back'() {
    await page.goto(server.url);
    await page.getByRole('button', { name: 'More about Theo' }).waitFor();
    await tabTo(/More about Theo/, 80);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let step = 0; step < 8; step += 1) {
      await page.keyboard.press('Tab');
      check(await page.evaluate(() => document.querySelector('[role="dialog"]')?.contains(document.activeElement) || document.activeElement?.closest('.MuiModal-root') !== null), `focus left the dialog: ${await focused()}`);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await until(async () => /More about Theo/.test(await focused()), 'the focus is back');
  },

  async 'a notice over a dialog is told, and the keyboard reaches it there'() {
    await page.getByRole('button', { name: 'More about Theo' }).press('Enter');
    // Refused by hand: what is told of it comes while the dialog is open.
    await page.route('**/export?*', (route) => route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ type: 'x', title: 'x', status: 409, detail: 'No file just now.' }) }));
    await page.getByRole('button', { name: 'What to do with Theo' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Export as JSON' }).press('Enter');
    // By its role: what is hidden from readers of screens has none.
    const told = page.getByRole('alert').filter({ hasText: 'No file just now.' });
    await told.waitFor();
    // A notice under the pointer stays, however long the keyboard takes on a busy machine.
    await told.hover();
    await until(async () => /What to do with Theo/.test(await focused()), 'the button has the focus back');
    await tabTo(/Dismiss/);
    // The focus keeps it.
    await noViolations(page);
    await page.keyboard.press('Enter');
    await told.waitFor({ state: 'detached' });
    await page.unroute('**/export?*');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  },

  async 'less movement means none'() {
    const calm = await open(server, { state: await page.context().storageState(), reducedMotion: 'reduce' });
    await calm.getByRole('heading', { level: 1, name: 'Companions' }).waitFor();
    await calm.getByRole('button', { name: 'More about Theo' }).click();
    await calm.getByRole('dialog').waitFor();
    // A transition of a hundredth of a millisecond is a jump, also where a busy machine has not drawn the frame that ends it.
    const moving = await calm.evaluate(() => document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime > 1).map((one) => `${one.effect.target.className}: ${String(one.effect.getComputedTiming().endTime)} ms`));
    check(moving.length === 0, `${String(moving.length)} things move: ${moving.join(', ')}`);
    await calm.context().close();
  },

  async 'Japanese and Spanish fit and are whole'() {
    const own = (path, body) => page.evaluate(async ([path, body]) => (await fetch(path, body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json(), [path, body]);
    // Her own: the lorebook within a card that came with the server is nobody's to change.
    const characterId = (await own('/api/v1/characters', { spec: 'chara_card_v2', spec_version: '2.0', data: { name: 'Mira', first_mes: 'Hello.' } })).id;
    const ids = { $characterId: characterId, $conversationId: (await own('/api/v1/conversations', { character_id: characterId })).id, $lorebookId: (await own('/api/v1/lorebooks', { name: 'Harbour' })).id, $: 'nowhere' };
    const inside = [...new Set(routes().filter(({ frame }) => frame === 'inside').map(({ path }) => path.replace(/\$\w*/g, (name) => ids[name]).replace(/(.)\/$/, '$1')))];
    check(inside.length >= 18 && inside.includes(`/lorebooks/of/${characterId}`) && inside.includes('/gateway/keys'), `routes: ${inside.join(' ')}`);
    for (const [language, heading] of [['ja-JP', 'コンパニオン'], ['es-ES', 'Compañeros']]) {
      const there = await open(server, { state: { ...(await page.context().storageState()) }, language, width: 390, height: 844 });
      await there.getByRole('heading', { level: 1, name: heading }).waitFor();
      check((await there.evaluate(() => document.documentElement.lang)) === language.slice(0, 2), 'the page does not name its language');
      for (const path of deep || language === 'es-ES' ? inside : ['/', '/chat', '/settings']) {
        await there.goto(server.url + path);
        await there.getByRole('heading', { level: 1 }).waitFor();
        await noOverflow(there);
      }
      await there.context().close();
    }
  },

  async 'dates are those of this device, until another time zone is chosen'() {
    const kept = () => page.evaluate(async () => (await (await fetch('/api/v1/prompts/settings')).json()).time_zone);
    const here = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
    await until(async () => (await kept()) === here, `the time zone is ${here}`);
    await page.goto(`${server.url}/settings`);
    await page.getByRole('combobox', { name: 'Time zone' }).click();
    await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
    await until(async () => (await kept()) === 'Asia/Tokyo', 'the time zone is kept');
    await page.reload();
    await page.getByRole('combobox', { name: 'Time zone' }).filter({ hasText: 'Asia/Tokyo' }).waitFor();
    check((await kept()) === 'Asia/Tokyo', 'what was chosen does not stay');
  },

  async 'a chosen language and theme are kept'() {
    await page.goto(`${server.url}/settings`);
    await page.getByRole('button', { name: 'Dark' }).click();
    await page.getByRole('combobox', { name: 'Language' }).click();
    await page.getByRole('option', { name: 'Español' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ajustes' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Ajustes' }).waitFor();
    await until(async () => (await page.evaluate(() => document.documentElement.getAttribute('data-theme'))) === 'dark', 'the theme is remembered');
  },
});
