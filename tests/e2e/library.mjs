// The library of companions, lorebooks and personas: made, changed, tried, brought and taken away, by mouse and on a phone.
import { check, drawn, fileOf, firstAccount, looks, noOverflow, noViolations, open, picture, scenario, Server, until } from './kit.mjs';

const server = new Server();
let page;
let state;
const card = (name, more = {}) => JSON.stringify({ spec: 'chara_card_v2', spec_version: '2.0', data: { name, description: 'Somebody.', personality: '', scenario: '', first_mes: 'Hello.', mes_example: '', creator_notes: '', system_prompt: '', post_history_instructions: '', alternate_greetings: [], tags: [], creator: '', character_version: '', extensions: {}, ...more } });
const file = (name, text) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
const cards = () => page.getByRole('list', { name: 'Companions' }).getByRole('listitem');
const names = () => cards().getByRole('heading').allTextContents();
const FILES = 100;
const BAD = 7;
const world = { name: 'The valley', entries: { 0: { uid: 0, key: ['mill', '/whe+l/i'], keysecondary: [], comment: 'The mill', content: 'The mill stands by the river.', constant: false, selective: true, order: 100, position: 0, disable: false }, 1: { uid: 1, key: ['/ri(ver/'], keysecondary: [], comment: 'The river', content: 'The river is cold.', constant: false, selective: true, order: 100, position: 4, depth: 2, disable: false } } };

// Notices come one after the other: an earlier one may be undone, too.
const undo = (notice) => page.getByRole('alert').filter({ hasText: notice }).getByRole('button', { name: 'Undo' }).click();

await scenario({
  async 'a hundred cards are dropped at once, and seven of them are none'() {
    await server.start();
    page = await open(server, { expect: [/status of 4\d\d/] });
    await firstAccount(page);
    state = await page.context().storageState();
    await cards().getByRole('heading').first().waitFor();
    const bundled = await cards().count();
    await page.getByRole('button', { name: 'Import a card' }).click();
    await page.getByTestId('card-file').setInputFiles(Array.from({ length: FILES }, (_, index) => (index < BAD ? file(`bad${String(index)}.json`, '{"spec": ') : file(`c${String(index)}.json`, card(`Nr ${String(index).padStart(2, '0')}`, { tags: [index % 2 ? 'odd' : 'even'] })))));
    await page.getByText(`${String(FILES - BAD)} of ${String(FILES)} imported, ${String(BAD)} were not`).waitFor();
    check((await page.getByRole('alert').filter({ hasText: 'was not imported' }).count()) === BAD, 'not each bad file is named');
    await noViolations(page);
    await page.getByRole('button', { name: 'Close' }).click();
    // More come as somebody scrolls.
    await until(async () => {
      await cards().last().scrollIntoViewIfNeeded().catch(() => undefined); // the last one may just have been another
      return (await cards().count()) === FILES - BAD + bundled;
    }, 'all of them are there');
  },

  async 'tags, order, rows and favourites'() {
    await page.getByRole('button', { name: 'odd', exact: true }).click();
    await until(async () => {
      const shown = await names();
      return shown.length > 0 && shown.every((name) => /^Nr \d[13579]$/.test(name));
    }, 'only those with the tag are shown');
    await page.getByRole('button', { name: 'odd', exact: true }).click();
    await page.getByRole('combobox', { name: 'Sort' }).selectOption('name');
    await until(async () => (await names())[0] === 'Captain Odile Marsh', 'they stand by name');
    await page.getByRole('button', { name: 'Favourite: Theo' }).click();
    await page.getByRole('combobox', { name: 'Sort' }).selectOption('favourite');
    await until(async () => (await names())[0] === 'Theo', 'the favourite stands first');
    await page.getByRole('button', { name: 'List' }).click();
    await noViolations(page);
    await page.reload();
    await until(async () => (await names())[0] === 'Theo', 'it is remembered');
    await until(async () => (await page.getByRole('button', { name: 'List' }).getAttribute('aria-pressed')) === 'true', 'the view is remembered');
    await page.getByRole('button', { name: '★ Favourites' }).click();
    await until(async () => (await names()).length === 1, 'only favourites are shown');
    await page.getByRole('button', { name: '★ Favourites' }).click();
    await page.getByRole('button', { name: 'Grid' }).click();
  },

  async 'a card is written with its preview and its cost beside it'() {
    await page.getByRole('button', { name: 'More about Nr 95' }).click();
    await page.getByRole('button', { name: 'What to do with Nr 95' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    const form = page.getByRole('dialog', { name: 'Edit Nr 95' });
    await form.getByRole('textbox', { name: 'First words', exact: true }).fill('Hello, *{{user}}*. I am {{char}}.');
    await form.getByRole('region', { name: 'Preview' }).getByText('. I am Nr 95.').waitFor();
    await form.getByRole('region', { name: 'Preview' }).locator('em').getByText('ada').waitFor();
    const words = 'word '.repeat(400);
    await form.getByRole('textbox', { name: 'Description' }).fill(words);
    // The model's own count takes the place of the estimate.
    const counted = await page.evaluate(async (text) => {
      const answer = await fetch('/api/v1/prompts/count', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ texts: [text] }) });
      return (await answer.json()).tokens[0];
    }, words.trim());
    check(counted > 390 && counted < 410, `four hundred words are ${String(counted)} tokens`);
    await form.getByText(`${String(counted)} tokens of this card are in every prompt.`, { exact: true }).waitFor();
    await form.getByText(`${String(counted)} tokens`, { exact: true }).waitFor();
    await noViolations(page);
    await picture(page, 'library-editor');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard' }).click();
    // The key goes to the dialog below as soon as that has the focus again.
    await until(async () => {
      if ((await page.getByRole('dialog').count()) === 0) return true;
      await page.keyboard.press('Escape');
      return false;
    }, 'every dialog is closed');
  },

  async 'the lorebook within a card is changed in place, by versions of the companion'() {
    const choose = async (item) => {
      await page.getByRole('button', { name: 'More about Nr 97' }).click();
      await page.getByRole('button', { name: 'What to do with Nr 97' }).click();
      await page.getByRole('menuitem', { name: item, exact: true }).click();
    };
    const row = page.getByRole('list', { name: 'Entries', exact: true }).getByRole('button', { name: /The tower/ });
    const form = page.getByRole('dialog');
    await choose('Edit');
    await page.getByRole('dialog', { name: 'Edit Nr 97' }).getByRole('link', { name: 'Begin a lorebook' }).click();
    await page.getByRole('heading', { level: 1, name: 'Nr 97’s lorebook' }).waitFor();
    await page.getByRole('heading', { name: 'This book is empty' }).waitFor();
    await noViolations(page);
    await page.getByRole('button', { name: 'Add an entry' }).first().click();
    await form.getByRole('textbox', { name: 'Title' }).fill('The tower');
    await form.getByRole('textbox', { name: 'Keys' }).fill('tower, /to(wer/');
    await form.getByText(/is no valid pattern/).waitFor();
    await form.getByRole('textbox', { name: 'Keys' }).fill('tower');
    await form.getByRole('textbox', { name: 'What the companion learns' }).fill('The tower has no door.');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await row.waitFor();
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByRole('textbox', { name: 'What is said' }).fill('Up the tower!');
    await page.getByRole('list', { name: 'Entries that wake' }).getByText('The tower').waitFor();
    await noViolations(page);
    await noOverflow(page);
    await picture(page, 'library-own-lorebook');
    await row.click();
    await form.getByRole('button', { name: 'Delete' }).click();
    await until(async () => (await row.count()) === 0, 'it is gone');
    await undo('The tower was deleted.');
    await row.waitFor();
    await page.getByRole('link', { name: 'Companions' }).first().click();
    await choose('History');
    await page.getByRole('button', { name: 'Compare with version 1' }).click();
    await page.getByRole('list', { name: 'What differs' }).locator('ins').getByText('The tower has no door.').waitFor();
    await page.getByRole('button', { name: 'All versions' }).click();
    await page.getByRole('button', { name: 'Go back to this version: 1' }).click();
    await page.getByText('Version 1 is back.').waitFor();
    await choose('Lorebook');
    await page.getByRole('heading', { name: 'This book is empty' }).waitFor();
    await page.getByRole('link', { name: 'Companions' }).first().click();
  },

  async 'a lorebook comes from a file, warns of a bad pattern, and is tried'() {
    await page.getByRole('link', { name: 'Lorebooks' }).click();
    await page.getByRole('heading', { name: 'No lorebooks yet' }).waitFor();
    await noViolations(page);
    await page.getByTestId('book-file').setInputFiles([file('valley.json', JSON.stringify(world)), file('none.json', '[')]);
    await page.getByText(/The valley is here, with 2 entries/).waitFor();
    await until(async () => (await page.getByRole('alert').count()) === 2, 'each file has its result');
    await noViolations(page);
    await page.getByRole('link', { name: /The valley/ }).click();
    await page.getByRole('list', { name: 'Entries', exact: true }).getByRole('button', { name: /The river.*Check the keys/ }).waitFor();
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByRole('textbox', { name: 'What is said' }).fill('We walk to the mill.');
    await page.getByRole('list', { name: 'Entries that wake' }).getByText('The mill').waitFor();
    await noViolations(page);
    await noOverflow(page);
    await picture(page, 'library-lorebook');
  },

  async 'an entry is added, changed and taken back'() {
    await page.getByRole('button', { name: 'Add an entry' }).click();
    const form = page.getByRole('dialog');
    await form.getByRole('textbox', { name: 'Title' }).fill('The fox');
    await form.getByRole('textbox', { name: 'Keys' }).fill('fox, /vi+xen/i');
    await form.getByRole('textbox', { name: 'What the companion learns' }).fill('A fox lives here.');
    for (const fold of await form.locator('summary').all()) await fold.click();
    await noViolations(page);
    await form.getByRole('spinbutton', { name: 'Stays for … messages' }).fill('3');
    await form.getByRole('combobox', { name: 'Where it stands' }).click();
    await page.getByRole('option', { name: 'In the conversation, at a depth' }).click();
    await form.getByRole('spinbutton', { name: /^Depth/ }).fill('2');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    const row = page.getByRole('list', { name: 'Entries', exact: true }).getByRole('button', { name: /The fox/ });
    await row.waitFor();
    await page.getByRole('textbox', { name: 'What is said' }).fill('A viixen!');
    await page.getByRole('list', { name: 'Entries that wake' }).getByText('The fox').waitFor();
    await row.click();
    check((await form.getByRole('spinbutton', { name: /^Depth/ }).inputValue()) === '2', 'the depth is lost');
    await form.getByRole('button', { name: 'Delete' }).click();
    await until(async () => (await row.count()) === 0, 'it is gone');
    await undo('The fox was deleted.');
    await row.waitFor();
    await page.getByRole('searchbox', { name: 'Search entries' }).fill('fox');
    await until(async () => (await page.getByRole('list', { name: 'Entries', exact: true }).getByRole('listitem').count()) === 1, 'it is found');
  },

  async 'a book wakes where it is told, and leaves as a file'() {
    const menu = async (item) => {
      await page.getByRole('button', { name: 'What to do with this book' }).click();
      await page.getByRole('menuitem', { name: item }).press('Enter');
    };
    await menu('Book settings');
    const form = page.getByRole('dialog');
    await form.getByRole('switch', { name: 'Everywhere' }).click();
    await form.getByRole('combobox', { name: 'With companions' }).click();
    await page.getByRole('option', { name: 'Theo' }).click();
    await page.keyboard.press('Escape');
    await noViolations(page);
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/3 entries · Everywhere, With companions/).waitFor();
    const book = JSON.parse((await fileOf(page, () => menu('Export for SillyTavern'))).bytes);
    check(Object.values(book.entries).some(({ comment, sticky }) => comment === 'The fox' && sticky === 3), 'the file has lost an entry');
    const name = await page.getByRole('heading', { level: 1 }).textContent();
    await menu('Delete');
    await page.getByRole('heading', { level: 1, name: 'Lorebooks' }).waitFor();
    const link = page.getByRole('link', { name: new RegExp(name) });
    await until(async () => (await link.count()) === 0, 'the book is gone');
    await undo(`${name} was deleted.`);
    await link.click();
    await page.getByText(/3 entries · Everywhere, With companions/).waitFor();
  },

  async 'a persona is made, is the usual one, and has a face'() {
    await page.getByRole('link', { name: 'Personas' }).click();
    await page.getByRole('heading', { name: 'You are yourself' }).waitFor();
    await noViolations(page);
    await page.getByRole('button', { name: 'New persona' }).first().click();
    const form = page.getByRole('dialog');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Give yourself a name.').waitFor();
    await form.getByRole('textbox', { name: /^Name/ }).fill('Captain Nemo');
    await form.getByRole('textbox', { name: 'Description' }).fill('Dives.');
    await page.getByTestId('avatar-file').setInputFiles([{ name: 'me.png', mimeType: 'image/png', buffer: await drawn(page, 'teal') }]);
    await noViolations(page);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    const list = page.getByRole('list', { name: 'Personas' });
    await list.getByText('Used when nothing else is chosen').waitFor();
    await until(() => list.locator('img[src^="/api/"]').evaluateAll((all) => all.length === 1 && all[0].naturalWidth > 0), 'the picture is shown');
    await page.getByRole('button', { name: 'Edit Captain Nemo' }).click();
    await form.getByRole('combobox', { name: 'Where this stands' }).click();
    await page.getByRole('option', { name: 'In the conversation, at a depth' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await page.getByTestId('persona-file').setInputFiles([file('backup.json', JSON.stringify({ personas: { 'a.png': 'Ada', 'b.png': 'Bea' }, persona_descriptions: { 'a.png': { description: 'Builds engines.', position: 0 } }, default_persona: null }))]);
    await list.getByRole('heading', { name: 'Bea' }).waitFor();
    const remove = async (name) => {
      await page.getByRole('button', { name: `Edit ${name}` }).click();
      await form.getByRole('button', { name: 'Delete' }).click();
      await until(async () => (await list.getByRole('heading', { name }).count()) === 0, 'it is gone');
      await undo(`${name} was deleted.`);
      await list.getByRole('heading', { name }).waitFor();
    };
    await remove('Bea');
    await remove('Captain Nemo');
    await until(() => list.locator('img[src^="/api/"]').evaluateAll((all) => all.length === 1 && all[0].naturalWidth > 0), 'the picture is back');
  },

  async 'what was deleted waits in one list, and comes back from it'() {
    const rows = page.getByRole('list', { name: 'Recently deleted' }).getByRole('listitem');
    const gone = (path) => page.evaluate((address) => fetch(`/api/v1/${address}`, { method: 'DELETE' }).then(({ status }) => status), path);
    const all = (path) => page.evaluate((address) => fetch(`/api/v1/${address}`).then((answer) => answer.json()).then(({ items }) => items), path);
    const [theo] = (await all('characters?limit=200')).filter(({ name }) => name === 'Theo');
    const [card] = (await all('characters?limit=200')).filter(({ name }) => name === 'Nr 91');
    const [valley] = await all('lorebooks');
    const [fox] = (await all(`lorebooks/${valley.id}/entries`)).filter(({ comment }) => comment === 'The fox');
    const chat = await page.evaluate((character_id) => fetch('/api/v1/conversations', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ character_id }) }).then((answer) => answer.json()), theo.id);
    for (const path of [`characters/${card.id}`, `lorebooks/${valley.id}/entries/${String(fox.uid)}`, `conversations/${chat.id}`]) check((await gone(path)) === 204, `${path} was not deleted`);
    await page.getByRole('button', { name: 'Edit Bea' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Bea was deleted.').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Recently deleted' }).click();
    await page.getByRole('heading', { level: 1, name: 'Recently deleted' }).waitFor();
    await until(async () => (await rows.count()) === 1, 'of personas only');
    await page.getByRole('combobox', { name: 'What to show' }).click();
    await page.getByRole('option', { name: 'Everything' }).click();
    await until(async () => (await rows.allTextContents()).map((text) => text.split(' ·')[0]).join() === ['BeaPersona', 'TheoConversation with Theo', 'The foxEntry of The valley', 'Nr 91Companion'].join(), 'each kind is there, the last first');
    check((await rows.allTextContents()).filter((text) => text.includes('30 days left')).length === 3, 'the days are not told');
    await noViolations(page);
    await noOverflow(page);
    await picture(page, 'library-deleted');
    // By keys alone: one after the other, without losing one's place.
    await page.getByRole('button', { name: 'Bring back: Bea' }).focus();
    await page.keyboard.press('Enter');
    await until(async () => (await rows.count()) === 3, 'Bea is back');
    await until(() => page.getByRole('button', { name: 'Bring back: Theo' }).evaluate((button) => button === document.activeElement), 'the next row has the focus');
    await page.keyboard.press('Enter');
    await until(async () => (await rows.count()) === 2, 'the conversation is back');
    await page.getByRole('alert').filter({ hasText: 'Bea is back.' }).getByRole('button', { name: 'Open' }).click();
    await page.getByRole('list', { name: 'Personas' }).getByRole('heading', { name: 'Bea' }).waitFor();
    check((await all('conversations')).some(({ id }) => id === chat.id), 'the conversation is not in its list');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Recently deleted' }).click();
    await until(async () => (await rows.count()) === 2, 'from the settings all of it is shown');
    check((await page.getByRole('button', { name: 'Erase now: The fox' }).count()) === 0, 'an entry stands in the versions of its book, and is not erased');
    await page.getByRole('button', { name: 'Erase now: Nr 91' }).click();
    const sure = page.getByRole('dialog', { name: 'Erase Nr 91 for good?' });
    await noViolations(page);
    await sure.getByRole('button', { name: 'Cancel' }).click();
    await sure.waitFor({ state: 'hidden' });
    check((await rows.count()) === 2, 'it was erased without being sure');
    await page.getByRole('button', { name: 'Erase now: Nr 91' }).click();
    await sure.getByRole('button', { name: 'Erase now' }).click();
    await page.getByText('Nr 91 was erased.').waitFor();
    await until(async () => (await rows.count()) === 1, 'it is gone from the list');
    check((await all('removed')).every(({ id }) => id !== card.id), 'the server can still bring it back');
  },

  async 'every page on a phone and a desk, light and dark'() {
    for (const { scheme, shape, ...size } of looks) {
        const there = await open(server, { state, scheme, ...size });
        const see = async (name) => {
          await noOverflow(there);
          await noViolations(there, `${name} ${shape} ${scheme}`);
          await picture(there, `${name}-${shape}-${scheme}`);
        };
        await there.getByRole('group', { name: 'Tags' }).waitFor();
        await see('library');
        await there.getByRole('button', { name: 'List' }).click();
        await see('library-list');
        for (const [path, name] of [['/deleted', 'deleted'], ['/personas', 'personas'], ['/lorebooks', 'lorebooks']]) {
          await there.goto(server.url + path);
          await there.getByRole('main').getByRole('listitem').first().waitFor();
          await see(name);
        }
        await there.getByRole('link', { name: /The valley/ }).click();
        await there.getByRole('list', { name: 'Entries', exact: true }).getByRole('button', { name: /The mill/ }).waitFor();
        await see('lorebook');
        await there.getByRole('list', { name: 'Entries', exact: true }).getByRole('button', { name: /The mill/ }).click();
        await there.getByRole('dialog').getByRole('textbox', { name: 'Title' }).waitFor();
        await see('lorebook-entry');
        await there.context().close();
    }
  },
});
