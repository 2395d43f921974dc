import { describe, expect, it } from 'vitest';
import { accessToken, askForToken, CREDENTIAL, clientOf, errorOf, simulate } from './ask.js';

describe('the login', () => {
  it('issues a token for any credential, as a form or JSON', async () => {
    const simulator = await simulate();
    const form = await askForToken(simulator);
    expect(form.status).toBe(200);
    expect(form.headers.get('cache-control')).toBe('no-store');
    expect(form.headers.get('x-amzn-RequestId')).not.toBeNull();
    const body = { token_type: 'bearer', expires_in: 3600, refresh_token: CREDENTIAL.refresh_token };
    expect(await form.json()).toEqual({ ...body, access_token: expect.stringMatching(/^Atza\|/) });
    const json = await fetch(`${simulator.url}/auth/o2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(CREDENTIAL),
    });
    expect(await json.json()).toMatchObject(body);
  });

  it.each([
    [{ ...CREDENTIAL, refresh_token: 'Atzr|revoked' }, 400, 'invalid_grant'],
    [{ ...CREDENTIAL, client_id: 'expired' }, 401, 'invalid_client'],
    [{ ...CREDENTIAL, client_secret: '' }, 400, 'invalid_request'],
    [{ ...CREDENTIAL, grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{}, 400, 'invalid_request'],
  ])('rejects %j', async (fields, status, error) => {
    const answer = await askForToken(await simulate(), fields);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error, error_description: expect.any(String) });
  });

  it('keeps no secret in the request log', async () => {
    const simulator = await simulate();
    const token = await accessToken(simulator);
    const log = JSON.stringify(simulator.requests);
    expect(log).toContain('/auth/o2/token');
    for (const secret of ['REFRESH-SECRET', 'CLIENT-SECRET', token]) expect(log).not.toContain(secret);
  });
});

describe('an access token', () => {
  it('expires after an hour of the simulator’s clock', async () => {
    const simulator = await simulate();
    const client = await clientOf(simulator);
    simulator.advance(3599_000);
    expect((await client.get('/sellers/v1/marketplaceParticipations')).status).toBe(200);
    simulator.advance(1000);
    const late = client.get('/sellers/v1/marketplaceParticipations');
    expect(await errorOf(late)).toBe('403 Unauthorized: The access token you provided has expired.');
  });

  it('is required and validated', async () => {
    const { url } = await simulate();
    const ask = (token?: string) =>
      fetch(`${url}/sellers/v1/marketplaceParticipations`, token ? { headers: { 'x-amz-access-token': token } } : {});
    expect(await errorOf(ask())).toBe('403 MissingAuthenticationToken: ');
    expect(await errorOf(ask('Atza|of-another-day'))).toMatch(/^403 Unauthorized: .*expired/);
    expect(await errorOf(ask('nonsense'))).toMatch(/^403 Unauthorized: .*malformed/);
    expect(await errorOf(fetch(`${url}/orders/v0/orders`))).toBe('403 MissingAuthenticationToken: ');
  });
});
