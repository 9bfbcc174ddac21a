// The pages for programs: keys made and used by a client, keys of other servers, the playground; on a desk and on a phone.
import { check, firstAccount, noOverflow, noViolations, open, patience, picture, scenario, Server, until } from './kit.mjs';

const server = new Server();
let page;
let key;
const row = (name) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
const ask = (text, init = {}) =>
  fetch(`${server.url}/v1/models`, { ...init, headers: { Authorization: `Bearer ${text}` } }).then((answer) => answer.status);

await scenario({
  async 'an access key is made and shown once'() {
    await server.start();
    page = await open(server, { expect: [/status of (4\d\d)/] });
    await firstAccount(page);
    await page.getByRole('link', { name: 'Gateway' }).click();
    await page.getByRole('heading', { level: 1, name: 'Gateway' }).waitFor();
    await page.getByRole('link', { name: 'Access keys' }).click();
    await page.getByText('No keys yet').waitFor();
    await noViolations(page, 'no keys');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make a key' }).click();
    await dialog.getByText('Give it a name.').waitFor();
    await dialog.getByLabel(/^Name/).fill('Notebook');
    await dialog.getByLabel(/^Most it may spend/).fill('2.50');
    await noViolations(page, 'a new key');
    await dialog.getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('heading', { name: 'Your new key' }).waitFor();
    key = (await page.getByRole('dialog').locator('code').innerText()).trim();
    check(/^lares_\w+$/.test(key), `no key: ${key}`);
    await noViolations(page, 'the key');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Your new key' }).waitFor();
    await page.getByRole('button', { name: 'I have it' }).click();
    await row('Notebook').getByText('up to US$2.50').waitFor();
    check(!(await page.content()).includes(key), 'the key is still on the page');
    check((await ask(key)) === 200, 'the key is refused');
  },

  async 'it is changed, renewed and revoked'() {
    await page.getByRole('button', { name: 'Change: Notebook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^Only these models/).fill('local/*');
    await dialog.getByLabel(/^Most it may spend/).fill('');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await row('Notebook').getByText('local/*').waitFor();
    check((await row('Notebook').getByText('up to').count()) === 0, 'the budget is still there');
    await page.getByRole('button', { name: 'New text: Notebook' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'New text' }).click();
    await page.getByRole('heading', { name: 'Your new key' }).waitFor();
    const next = (await page.getByRole('dialog').locator('code').innerText()).trim();
    check(next !== key && (await ask(next)) === 200 && (await ask(key)) === 200, 'the old text and the new are both good for a while');
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('button', { name: 'Revoke: Notebook' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Notebook is revoked.').waitFor();
    await page.getByText('No keys yet').waitFor();
    check((await ask(next)) === 401 && (await ask(key)) === 401, 'a revoked key is good');
  },

  async 'a key of another server is kept, hidden, shared and forgotten'() {
    await page.getByRole('link', { name: 'Provider keys' }).click();
    await page.getByRole('button', { name: 'Add a key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Provider' }).click();
    await page.getByRole('option', { name: 'OpenAI', exact: true }).click();
    await dialog.getByLabel('Key', { exact: true }).fill('nonsense');
    await dialog.getByRole('textbox', { name: /^Name/ }).focus();
    await dialog.getByText('does not look like such a key').waitFor();
    const secret = `sk-${'Ab3dEf6hIj9lMn2p'.repeat(3)}`;
    await dialog.getByLabel('Key', { exact: true }).fill(secret);
    await dialog.getByRole('textbox', { name: /^Name/ }).focus();
    await until(async () => (await dialog.getByText('does not look like').count()) === 0, 'the key has the right form');
    await noViolations(page, 'a provider key');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('OpenAI is saved.').waitFor();
    await row(/OpenAI/).first().getByText('never used').waitFor();
    check(!(await page.content()).includes(secret), 'the key came back');
    await page.getByRole('button', { name: 'Add a shared key' }).click();
    await page.getByRole('dialog').getByRole('combobox', { name: 'Provider' }).click();
    await page.getByRole('option', { name: 'Anthropic' }).click();
    await page.getByRole('dialog').getByLabel('Key', { exact: true }).fill(`sk-ant-api03-${'Ab3dEf6hIj9lMn2p'.repeat(5)}AA`);
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Anthropic is saved.').waitFor();
    await picture(page, 'provider-keys-desktop-light');
    await noViolations(page, 'provider keys');
    await page.getByRole('switch', { name: 'Anthropic is in use' }).or(page.getByRole('checkbox', { name: 'Anthropic is in use' })).click();
    await page.getByRole('button', { name: 'Forget: Anthropic' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await page.getByText('No shared keys.').waitFor();
  },

  async 'the playground answers, compares and gives the code'() {
    await server.talking();
    await page.getByRole('link', { name: 'Playground' }).click();
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('Name three colours of the sea.');
    await page.getByLabel('Most tokens').fill('24');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('free, on this server').waitFor();
    await page.getByText(/\d+ in, \d+ out/).waitFor();
    await picture(page, 'playground-desktop-light');
    await noViolations(page, 'playground');
    await page.getByRole('button', { name: 'Use it in a program' }).click();
    await page.getByRole('dialog').getByText('/v1/chat/completions').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Python' }).click();
    await page.getByRole('dialog').getByText('from openai import OpenAI').waitFor();
    await noViolations(page, 'the code');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('Tell me a very long story about the sea, with twenty chapters.');
    await page.getByLabel('Most tokens').fill('1500');
    // Without chance a small model repeats itself and finds no end. Stopped once it answers: before, the server would have nothing to book.
    await page.getByLabel('Temperature').fill('0');
    const answers = page.waitForResponse((response) => response.request().method() === 'POST' && response.url().includes('/llm/generate'), { timeout: patience });
    await page.getByRole('button', { name: 'Run' }).click();
    await answers;
    await page.getByRole('button', { name: 'Stop' }).dispatchEvent('click');
    await page.getByText('Stopped.').waitFor();
  },

  async 'what was used is shown, budgets and prices are set'() {
    // The page asks once; the stopped call is booked when the server has seen that its caller left.
    await until(() => page.evaluate(async () => (await (await fetch('/api/v1/usage/calls')).json()).items.some(({ outcome }) => outcome === 'aborted')), 'the stopped call is booked');
    await page.getByRole('link', { name: 'Usage', exact: true }).click();
    await page.getByRole('heading', { name: 'Latest calls' }).waitFor();
    await page.getByText('stopped by the caller').first().waitFor();
    await page.getByRole('img', { name: /: [1-9]/ }).first().waitFor();
    await page.getByRole('row', { name: /SmolLM2/ }).waitFor();
    await page.getByRole('switch', { name: 'Everybody' }).or(page.getByRole('checkbox', { name: 'Everybody' })).click();
    await page.getByRole('row', { name: /ada/ }).waitFor();
    await page.getByRole('button', { name: 'Add a budget' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Write at least one of the two.').waitFor();
    await dialog.getByLabel(/^Refuse at/).fill('5');
    await noViolations(page, 'a budget');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'The whole server' }).waitFor();
    await picture(page, 'usage-desktop-light');
    await noViolations(page, 'usage');
    await page.getByRole('link', { name: 'Prices' }).click();
    await page.getByText('You have set none.').waitFor();
    await page.getByRole('button', { name: 'Set a price' }).click();
    await page.getByRole('dialog').getByLabel('Model').fill('house-model');
    await page.getByRole('dialog').getByLabel('Input').fill('0.5');
    await page.getByRole('dialog').getByLabel('Output').fill('1.5');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /house-model 0\.5 1\.5/ }).waitFor();
    await page.getByText(/Version 1 /).waitFor();
    await picture(page, 'prices-desktop-light');
    await noViolations(page, 'prices');
  },

  async 'limits are set, changed and taken back'() {
    await page.getByRole('link', { name: 'Limits' }).click();
    await page.getByText('Nothing here is no limit.').waitFor();
    await page.getByRole('button', { name: 'Add a tier' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Requests a minute').fill('many');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('A whole number, or nothing.').waitFor();
    await noViolations(page, 'a limit');
    await dialog.getByLabel('Requests a minute').fill('3');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /default 3 no limit/ }).waitFor();
    await page.getByRole('button', { name: 'Limit a model', exact: true }).click();
    await dialog.getByLabel('Model', { exact: true }).fill('nobody');
    await dialog.getByLabel('Tokens a minute').fill('900');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /nobody no limit 900/ }).waitFor();
    await picture(page, 'limits-desktop-light');
    await noViolations(page, 'limits');
    await page.getByRole('button', { name: 'Change: default' }).click();
    await dialog.getByRole('button', { name: 'Take away' }).click();
    await until(async () => (await page.getByRole('row', { name: /default 3/ }).count()) === 0, 'the tier is gone');
    await page.getByRole('button', { name: 'Back to this: Version 1' }).click();
    await page.getByRole('row', { name: /default 3/ }).waitFor();
    await page.getByRole('button', { name: 'Change: default' }).click();
    await dialog.getByRole('button', { name: 'Take away' }).click();
    await until(async () => (await page.getByRole('row', { name: /default 3/ }).count()) === 0, 'the tier is gone again');
  },

  async 'the last requests are told, and never what was said'() {
    const refused = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: 'Bearer lares_nobody', 'Content-Type': 'application/json' },
      body: JSON.stringify({ model: 'x', messages: [{ role: 'user', content: 'a secret of the sea' }] }),
    });
    check(refused.status === 401, 'nobody was let in');
    // A request is noted after its answer, and the page asks once.
    await until(() => page.evaluate(async () => (await (await fetch('/api/v1/admin/requests')).json()).items.some(({ status }) => status === 401)), 'the request is noted');
    await page.getByRole('link', { name: 'Requests' }).click();
    const list = page.getByRole('list', { name: 'Requests' });
    await list.getByText('nobody known').first().waitFor();
    await list.getByText('/api/v1/llm/generate').first().waitFor();
    await page.getByRole('combobox', { name: 'Which' }).click();
    await page.getByRole('option', { name: 'answered' }).click();
    await list.getByRole('listitem').filter({ hasText: '/api/v1/llm/generate' }).first().getByRole('button').click();
    await list.getByText('Answered by').waitFor();
    check(!(await page.content()).includes('Name three colours'), 'what was said stands in the log');
    await picture(page, 'requests-desktop-light');
    await noViolations(page, 'requests');
  },

  async 'who answers is chosen in the settings'() {
    await page.goto(`${server.url}/settings`);
    const mine = page.getByRole('combobox', { name: 'Model that answers you' });
    await mine.click();
    await page.getByRole('option', { name: /^SmolLM2/ }).click();
    await page.getByText('The next answer comes from the model you chose.').waitFor();
    await page.getByRole('combobox', { name: 'Model for everyone who has not chosen one' }).waitFor();
    await picture(page, 'settings-models-desktop-light');
    await noViolations(page, 'who answers');
    await mine.click();
    await page.getByRole('option', { name: /^As usual/ }).click();
    await until(async () => (await mine.innerText()).startsWith('As usual'), 'the choice is taken back');
  },

  async 'it all fits a phone, in the dark too'() {
    const state = await page.context().storageState();
    const phone = await open(server, { state, width: 390, height: 844, scheme: 'dark' });
    for (const [name, path, seen] of [
      ['playground', '/gateway', 'Prompt'],
      ['access-keys', '/gateway/keys', 'No keys yet'],
      ['provider-keys', '/gateway/providers', 'OpenAI'],
      ['usage', '/gateway/usage', 'Latest calls'],
      ['prices', '/gateway/prices', 'house-model'],
      ['limits', '/gateway/limits', 'nobody'],
      ['requests', '/gateway/requests', '/api/v1/llm/generate'],
    ]) {
      await phone.goto(server.url + path);
      await phone.getByText(seen).filter({ visible: true }).first().waitFor();
      await noOverflow(phone);
      check(await phone.getByRole('navigation', { name: 'Gateway pages' }).getByRole('link').evaluateAll((links) => links.length === 7 && links.every((link) => link.getBoundingClientRect().right <= innerWidth)), 'a page of the gateway has its link beyond the edge');
      await noViolations(phone, `${name} phone`);
      await picture(phone, `${name}-phone-dark`);
    }
  },
});
