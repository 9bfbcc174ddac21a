import { describe, expect, it } from 'vitest';

import { byProvider, type ModelState } from '../chat/answers';
import { changed, type Rules, rulesOf, wholeIn } from './limits';

const rules: Rules = { tiers: { default: { requests_per_minute: 5, models: { a: { burst: 1 } } }, slow: {} }, people: { one: 'slow', two: 'default' }, models: { m: { tokens_per_minute: 9 } }, routes: {} };

describe('limits', () => {
  it('reads whole numbers, and nothing as no limit', () => {
    expect([wholeIn(''), wholeIn(' 12 '), wholeIn('0')]).toEqual([0, 12, 0]);
    for (const wrong of ['1.5', '-1', 'x', '1e3', '9999999999']) expect(wholeIn(wrong), wrong).toBeUndefined();
  });

  it('changes one place and leaves the others', () => {
    expect(changed(rules, { kind: 'model', name: 'm' }, null).models).toEqual({});
    expect(changed(rules, { kind: 'route', name: '/v1/embeddings' }, { requests_per_minute: 1 }).routes).toEqual({ '/v1/embeddings': { requests_per_minute: 1 } });
    expect(changed(rules, { kind: 'tier', name: 'default' }, { requests_per_minute: 7 }).tiers.default).toEqual({ requests_per_minute: 7, models: { a: { burst: 1 } } });
    expect(changed(rules, { kind: 'tierModel', tier: 'default', name: 'a' }, null).tiers.default).toEqual({ requests_per_minute: 5, models: {} });
    expect(rules.models).toEqual({ m: { tokens_per_minute: 9 } });
  });

  it('takes the people of a tier that goes along', () => {
    const after = changed(rules, { kind: 'tier', name: 'slow' }, null);
    expect(after.people).toEqual({ two: 'default' });
    expect(Object.keys(after.tiers)).toEqual(['default']);
  });

  it('sends no version back', () => {
    expect(rulesOf({ ...rules, version: 4 })).toEqual(rules);
  });
});

describe('models to choose from', () => {
  it('stand by their provider, in the order of the server', () => {
    const model = (id: string, provider: string): ModelState => ({ id, provider, name: id, state: 'available', is_default: false });
    expect(byProvider([model('a', 'local'), model('x/b', 'x'), model('c', 'local')]).map(([name, list]) => [name, list.map((one) => one.id)])).toEqual([
      ['local', ['a', 'c']],
      ['x', ['x/b']],
    ]);
  });
});
