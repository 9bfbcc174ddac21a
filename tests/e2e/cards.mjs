// Importing companions: what goes right, what goes wrong, what is hostile; deleting and taking it back.
import { check, drawn, fileOf, firstAccount, hostile, noOverflow, noViolations, open, picture, scenario, Server, until } from './kit.mjs';

const server = new Server();
let page;
let bundled;
const file = (name, text, type = 'application/json') => ({ name, mimeType: type, buffer: Buffer.from(text) });
const card = (data) => JSON.stringify({ spec: 'chara_card_v2', spec_version: '2.0', data: { name: 'Mira', description: '', personality: '', scenario: '', first_mes: 'Hello.', mes_example: '', creator_notes: '', system_prompt: '', post_history_instructions: '', alternate_greetings: [], tags: [], creator: '', character_version: '', extensions: {}, ...data } });
const put = (...files) => page.getByTestId('card-file').setInputFiles(files);
const cards = () => page.getByRole('list', { name: 'Companions' }).getByRole('listitem');
const NAME = '<img src=x onerror=__hit()>"\'>';

await scenario({
  async 'a card is imported from a file'() {
    await server.start();
    page = await open(server, { expect: [/status of (4\d\d)/] });
    await firstAccount(page);
    await cards().getByRole('heading').first().waitFor();
    bundled = await cards().count();
    await page.getByRole('button', { name: 'Import a card' }).click();
    await put(file('mira.json', card({ name: 'Mira', creator_notes: 'Paints the sea.', tags: ['art'] })));
    await page.getByText('Mira is here.').waitFor();
    await noViolations(page);
  },

  async 'what is no card is refused in words, file by file'() {
    await put(file('broken.json', '{"spec": '), file('empty.json', ''), file('notes.txt', 'x', 'text/plain'), file('fake.png', 'not a picture', 'image/png'));
    await until(async () => (await page.getByRole('alert').filter({ hasText: 'was not imported' }).count()) === 4, 'all four are refused');
    for (const alert of await page.getByRole('alert').filter({ hasText: 'was not imported' }).all()) {
      const words = (await alert.innerText()).replace(/.*was not imported/, '').trim();
      check(words.length > 15, `a refusal says nothing: ${await alert.innerText()}`);
    }
    await noViolations(page);
    await page.getByRole('button', { name: 'Close' }).click();
    await until(async () => (await cards().count()) === bundled + 1, 'the new companion stands in the list');
  },

  async 'a card is fetched from an address, through the guard'() {
    await page.getByRole('button', { name: 'Import a card' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Address of a card' }).fill('example.org/card.png');
    await page.keyboard.press('Enter');
    await dialog.getByText('Type the whole address, as https://…').waitFor();
    await noViolations(page);
    // An address of this machine itself is nothing that the server may fetch.
    const inside = `${server.url}/card.png`;
    await dialog.getByRole('textbox', { name: 'Address of a card' }).fill(inside);
    await dialog.getByRole('button', { name: 'Import from this address' }).click();
    const refused = dialog.getByRole('alert').filter({ hasText: `${inside} was not imported` });
    await refused.waitFor();
    check((await refused.innerText()).replace(/.*was not imported/, '').trim().length > 15, 'the refusal says nothing');
    await noViolations(page);
    await dialog.getByRole('button', { name: 'Close' }).click();
  },

  async 'a card is dropped onto the page'() {
    const data = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'dropped.json', { type: 'application/json' }));
      return transfer;
    }, card({ name: 'Dropped' }));
    const place = page.getByRole('heading', { level: 1, name: 'Companions' });
    await place.dispatchEvent('dragover', { dataTransfer: data });
    await page.getByText('Drop the card here').first().waitFor();
    await place.dispatchEvent('drop', { dataTransfer: data });
    await page.getByText('Dropped is here.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
  },

  async 'a hostile card shows as text in every place'() {
    const bad = (index) => hostile.slice(index * 40, index * 40 + 40).join('\n\n');
    await page.getByRole('button', { name: 'Import a card' }).click();
    const text = card({ name: NAME, description: bad(0), personality: bad(1), scenario: bad(2), first_mes: bad(3), mes_example: bad(4), creator_notes: hostile[0] + hostile[41], system_prompt: bad(5), post_history_instructions: bad(6), alternate_greetings: [bad(7)], tags: hostile.slice(60, 66).map((tag) => tag.slice(0, 80)), creator: NAME, character_version: NAME });
    await put(file(`${NAME}.json`, text));
    await page.getByText(`${NAME} is here.`).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: `More about ${NAME}` }).click();
    await page.getByRole('dialog').getByText('<script>__hit()</script>').first().waitFor();
    await noViolations(page);
    await page.getByRole('dialog').getByRole('link', { name: `Talk with ${NAME}` }).click();
    await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
    check((await page.locator('main img:not([src^="/assets/"]), main iframe, main svg image, main style, main script').count()) === 0, 'something of the card became an element');
    await noOverflow(page);
    await until(async () => (await page.title()).startsWith(NAME), 'the name is in the title');
  },

  async 'its links lead away safely or nowhere'() {
    const links = await page.locator('main [role="article"] a').evaluateAll((all) => all.map((one) => [one.href, one.rel, one.target]));
    for (const [href, rel, target] of links) check(/^(https?|mailto):/.test(href) && !href.startsWith(server.url) && /noopener/.test(rel) && /noreferrer/.test(rel) && target === '_blank', `a link: ${href} ${rel} ${target}`);
  },

  async 'a card is edited, taken back to what it was, and saved as a file'() {
    const phone = await open(server, { state: await page.context().storageState(), width: 390, height: 844, expect: [/status of 400/] });
    const notice = (text) => phone.getByText(text, { exact: true }).waitFor();
    const choose = async (name) => {
      await phone.getByRole('button', { name: 'What to do with Mira' }).click();
      // By key: a menu still grows while it is clicked, and what is pressed on one item may be let go on the next.
      await phone.getByRole('menuitem', { name, exact: true }).press('Enter');
      // One that is still going away would take the next click.
      await phone.getByRole('menu').waitFor({ state: 'detached' });
    };
    const about = async (text) => {
      await phone.getByRole('button', { name: 'More about Mira' }).click();
      await phone.getByRole('dialog').getByText(text, { exact: true }).first().waitFor();
    };
    const tall = async () => {
      await noViolations(phone);
      await noOverflow(phone);
      const wide = await phone.getByRole('dialog').last().evaluate((dialog) => [...dialog.querySelectorAll('*')].filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === 'auto').length);
      check(wide === 0, 'a part of the dialog is wider than the phone');
    };

    await phone.getByRole('button', { name: 'More about Mira' }).click();
    await phone.getByRole('button', { name: 'What to do with Mira' }).press('Enter');
    await noViolations(phone);
    await phone.getByRole('menuitem', { name: 'Edit' }).press('Enter');
    const form = phone.getByRole('dialog', { name: 'Edit Mira' });
    await form.getByRole('textbox', { name: 'First words', exact: true }).fill('Hello, {{user}}.');
    await tall();
    await form.getByRole('button', { name: 'Cancel' }).click();
    await phone.getByRole('dialog', { name: 'Discard your changes?' }).waitFor();
    await noViolations(phone);
    await phone.getByRole('button', { name: 'Keep editing' }).press('Enter');
    await form.getByRole('textbox', { name: /^Name/ }).fill('\u0007');
    await form.getByRole('button', { name: 'Save' }).click();
    await until(async () => (await form.getByRole('textbox', { name: /^Name/ }).getAttribute('aria-invalid')) === 'true', 'the refusal stands at the name');
    await noViolations(phone);
    await form.getByRole('textbox', { name: /^Name/ }).fill('Mira');
    await form.getByRole('textbox', { name: 'Description' }).fill('Paints the mountains.');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await phone.getByRole('dialog').getByText('Paints the mountains.').waitFor();

    await choose('History');
    await phone.getByRole('list', { name: 'History' }).getByText('As it is now').waitFor();
    await tall();
    await phone.getByRole('button', { name: 'Compare with version 1' }).click();
    const differs = phone.getByRole('list', { name: 'What differs' });
    await differs.locator('ins').getByText('Paints the mountains.').waitFor();
    await differs.locator('ins').getByText('{{user}}').waitFor();
    await phone.getByText('2 fields differ.').waitFor();
    await tall();
    await picture(phone, 'cards-compare');
    await phone.getByRole('button', { name: 'All versions' }).click();
    await phone.getByRole('button', { name: 'Go back to this version: 1' }).click();
    await notice('Version 1 is back.');
    await phone.getByRole('button', { name: 'Undo' }).first().click();
    await notice('Undone.');
    await about('Paints the mountains.');
    await choose('History');
    await phone.getByRole('button', { name: 'Go back to this version: 1' }).click();
    await notice('Version 1 is back.');
    await about('Hello.');

    for (const [format, magic] of [['PNG', '\u0089PNG'], ['CHARX', 'PK'], ['JSON', '{']]) {
      const { name, bytes } = await fileOf(phone, () => choose(`Export as ${format}`));
      check(name === `Mira.${format.toLowerCase()}`, `the file is called ${name}`);
      check(bytes.toString('latin1').startsWith(magic), `the ${format} is none: ${bytes.toString('latin1', 0, 20)}`);
    }
    const written = async (name) => JSON.parse((await fileOf(phone, () => choose(name))).bytes);
    check((await written('Form V1, as JSON')).first_mes === 'Hello.', 'V1 is not written in its form');
    check((await written('Form V3, as JSON')).spec === 'chara_card_v3', 'V3 is not written in its form');
    await phone.context().close();
  },

  async 'a companion gets another portrait, and has the one before back'() {
    const phone = await open(server, { state: await page.context().storageState(), width: 390, height: 844, expect: [/status of 415/] });
    await phone.getByRole('button', { name: 'More about Mira' }).click();
    await phone.getByRole('button', { name: 'What to do with Mira' }).press('Enter');
    await phone.getByRole('menuitem', { name: 'Portrait', exact: true }).press('Enter');
    const dialog = phone.getByRole('dialog', { name: 'Portrait of Mira' });
    const choose = (name, buffer) => dialog.getByTestId('portrait-file').setInputFiles([{ name, mimeType: 'image/png', buffer }]);
    await choose('none.png', Buffer.from('no picture'));
    await dialog.getByRole('alert').waitFor();
    await noViolations(phone);
    await choose('red.png', await drawn(phone, 'red'));
    await dialog.waitFor({ state: 'detached' });
    await phone.getByText('Mira has a new portrait.', { exact: true }).waitFor();
    const shown = () =>
      phone.locator('[role="dialog"] img[src^="/api/"]').first().evaluate((image) => {
        const canvas = document.createElement('canvas');
        canvas.getContext('2d').drawImage(image, 0, 0);
        return [...canvas.getContext('2d').getImageData(5, 5, 1, 1).data].slice(0, 3).map((each) => (each > 127 ? 1 : 0)).join('');
      });
    const shows = (colour) => until(async () => (await shown()) === colour, `the portrait is ${colour}`);
    await shows('100');
    await phone.getByRole('button', { name: 'What to do with Mira' }).press('Enter');
    await phone.getByRole('menuitem', { name: 'Portrait', exact: true }).press('Enter');
    await choose('blue.png', await drawn(phone, 'blue'));
    await dialog.waitFor({ state: 'detached' });
    await shows('001');
    await phone.getByRole('button', { name: 'Undo' }).last().click();
    await shows('100');
    await phone.getByRole('button', { name: 'What to do with Mira' }).press('Enter');
    await phone.getByRole('menuitem', { name: 'Portrait', exact: true }).press('Enter');
    await dialog.getByText('Before', { exact: true }).waitFor();
    await noViolations(phone);
    await noOverflow(phone);
    await picture(phone, 'portrait-phone');
    await dialog.getByRole('button', { name: /^Go back to this version: until/ }).first().click();
    await shows('001');
    await dialog.getByRole('button', { name: 'Remove' }).press('Enter');
    await phone.getByText('Mira has no portrait any more.', { exact: true }).waitFor();
    await phone.locator('[role="dialog"] img[src^="/api/"]').waitFor({ state: 'detached' });
    await phone.getByRole('button', { name: 'Undo' }).last().click();
    await shows('001');
    await phone.context().close();
  },

  async 'a new companion begins with a name'() {
    await page.getByRole('link', { name: 'Companions', exact: true }).click();
    await page.getByRole('button', { name: 'New companion' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByRole('dialog').getByText('Give them a name.').waitFor();
    await noViolations(page);
    await page.getByRole('dialog').getByRole('textbox', { name: /^Name/ }).fill('Runa');
    await page.keyboard.press('Enter');
    const form = page.getByRole('dialog', { name: 'Edit Runa' });
    await form.getByRole('textbox', { name: 'First words', exact: true }).fill('The kettle is on.');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await page.getByRole('dialog').getByText('The kettle is on.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await cards().getByRole('heading', { name: 'Runa' }).waitFor();
  },

  async 'deleting happens at once and can be taken back, with all that was there'() {
    await page.getByRole('link', { name: 'Companions', exact: true }).click();
    await cards().getByRole('heading', { name: 'Runa' }).waitFor();
    const before = await cards().count();
    const remove = async () => {
      await page.getByRole('button', { name: 'More about Mira' }).click();
      await page.getByRole('button', { name: 'Delete Mira' }).click();
      await noViolations(page);
      await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
      await until(async () => (await cards().count()) === before - 1, 'it is gone from the list');
    };
    const ask = (path) => page.evaluate(async (at) => (await fetch(`/api/v1/characters${at}`)).json(), path);
    const mira = async () => (await ask('?limit=100')).items.find(({ name }) => name === 'Mira');
    const { id } = await mira();
    const versions = await ask(`/${id}/versions`);
    await remove();
    await until(async () => (await mira()) === undefined, 'the server has deleted it');
    await page.getByRole('alert').filter({ hasText: 'Mira was deleted.' }).getByRole('button', { name: 'Undo' }).click();
    await until(async () => (await cards().count()) === before, 'it is back');
    check((await mira())?.id === id && JSON.stringify(await ask(`/${id}/versions`)) === JSON.stringify(versions), 'what came back is not what went');
    await remove();
    await page.reload();
    await until(async () => (await cards().count()) === before - 1, 'it is gone');
  },

  async 'the bundled ones stay'() {
    await page.getByRole('button', { name: 'More about Theo' }).click();
    await page.getByRole('dialog').getByText('Came with Lares').waitFor();
    check((await page.getByRole('button', { name: 'Delete Theo' }).count()) === 0, 'a bundled companion can be deleted');
  },
});
