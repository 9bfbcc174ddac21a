import i18next from 'i18next';
import { describe, expect, it } from 'vitest';

import { ApiError } from '../api/problem';
import { explain } from '../ui/errors';
import { dayName, sameDay, shortTime } from './chat/time';
import { deviceName } from './settings/device';
import { bytes, duration } from './status/format';

const now = new Date(2026, 10, 21, 9).getTime();
const at = (day: number, hour = 12) => new Date(2026, 10, day, hour).getTime();

describe('times', () => {
  it('are told by the calendar, not by hours', () => {
    expect(sameDay(at(20, 0), at(20, 23))).toBe(true);
    expect(sameDay(at(20, 23), at(21, 0))).toBe(false);
    expect(dayName(at(21, 0), 'en', i18next.t, now)).toBe('Today');
    expect(dayName(at(20, 23), 'en', i18next.t, now)).toBe('Yesterday');
    expect(dayName(at(1), 'en', i18next.t, now)).toBe('Sunday, November 1');
    expect(dayName(new Date(2025, 0, 2).getTime(), 'en', i18next.t, now)).toContain('2025');
    expect(shortTime(at(20), 'en', i18next.t, now)).toBe('Yesterday');
    expect(shortTime(at(21, 8), 'en', i18next.t, now)).toMatch(/8:00/);
  });

  it('of running are told by their two largest parts', () => {
    expect(duration(0, 'en')).toBe('0 seconds');
    expect(duration(59, 'en')).toBe('59 seconds');
    expect(duration(3_600, 'en')).toBe('1 hour');
    expect(duration(93_784, 'en')).toBe('1 day 2 hours');
  });
});

describe('sizes and devices', () => {
  it('are readable', () => {
    expect(bytes(144_811_072, 'en')).toBe('145 MB');
    expect(bytes(0, 'en')).toBe('0 byte');
    expect(deviceName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36')).toBe('Chrome, Linux');
    expect(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1')).toBe('Safari, iOS');
    expect(deviceName('curl/8.5.0')).toBe('curl');
    expect(deviceName('')).toBe('');
  });
});

describe('every refusal', () => {
  it.each([0, 400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 502, 503, 507])('with status %i says something', (status) => {
    const text = explain(new ApiError({ status, type: 'x', detail: '' }), i18next.t);
    expect(text).not.toBe('');
    expect(text).not.toContain('error.');
  });

  it('uses the words of the server where it knows more', () => {
    expect(explain(new ApiError({ status: 503, type: 'model-missing', detail: 'No model. Run lares models add.' }), i18next.t)).toBe('No model. Run lares models add.');
    expect(explain(new ApiError({ status: 500, type: 'internal', detail: 'secret detail' }), i18next.t)).not.toContain('secret');
    expect(explain(new Error('x'), i18next.t)).toBe('This did not work. Try again.');
  });
});
