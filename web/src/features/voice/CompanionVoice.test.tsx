import { screen } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { queryClient } from '../../app/query';
import { show } from '../../test/render';
import { server } from '../../test/server';
import { patiently } from '../../test/wait';
import { CompanionVoice } from './CompanionVoice';

describe('how one companion sounds', () => {
  let asked: string[];
  beforeEach(() => {
    queryClient.clear();
    asked = [];
    const answer = (path: string, body: () => object) =>
      http.get(`*/api/v1/${path}`, () => {
        asked.push(path);
        return HttpResponse.json(body());
      });
    server.use(answer('voice/settings/c1', () => ({ speed: 1.25 })), answer('tts/voices', () => ({ items: [] })));
  });
  const status = (state: string) => http.get('*/api/v1/status', () => {
    asked.push('status');
    return HttpResponse.json({ version: '1', uptime_s: 1, engines: [{ kind: 'voice', name: 'voice', state }] });
  });

  it('is there on a visit that begins here, with nothing of the server known yet', async () => {
    server.use(status('ready'));
    show(<CompanionVoice id="c1" name="Mira" />);
    expect(await screen.findByRole('slider', { name: 'Speed' })).toHaveAttribute('aria-valuetext', '1.25×');
  });

  it('is not where the server has no voice', async () => {
    server.use(status('missing'));
    show(<CompanionVoice id="c1" name="Mira" />);
    await patiently(() => {
      expect(queryClient.getQueryData(['status'])).toBeDefined();
    });
    expect(screen.queryByRole('region')).toBeNull();
    expect(asked).toEqual(['status']);
  });
});
