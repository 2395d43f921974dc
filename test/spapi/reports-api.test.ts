import { describe, expect, it } from 'vitest';
import { answerJson, setUpReports } from './report-server.js';
import { createWatch } from './set-up.js';

const request = {
  reportType: 'GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL',
  marketplaceIds: ['ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2'],
  from: new Date('2026-10-01T00:00:00.999Z'),
  until: new Date('2026-10-31T00:00:00Z'),
} as const;

describe('createReport', () => {
  it('sends type, marketplaces and whole seconds as JSON, and returns the id', async () => {
    const { amazon, api } = await setUpReports({ createReport: [answerJson(202, { reportId: '50012' })] });
    await expect(api.reports.createReport(request, createWatch().watch)).resolves.toBe('50012');
    expect(amazon.requests).toEqual([
      {
        method: 'POST',
        url: '/reports/2021-06-30/reports',
        headers: expect.objectContaining({ 'content-type': 'application/json', 'x-amz-access-token': 'Atza|TEST' }),
        body: JSON.stringify({
          reportType: request.reportType,
          marketplaceIds: request.marketplaceIds,
          dataStartTime: '2026-10-01T00:00:00Z',
          dataEndTime: '2026-10-31T00:00:00Z',
        }),
      },
    ]);
  });

  it('is paced by its own bucket and retried after a 503, with its JSON in the log of calls', async () => {
    const { amazon, api, calls, usagePlans } = await setUpReports({
      createReport: [answerJson(503, {}), answerJson(202, { reportId: '7' })],
    });
    const seen = createWatch();
    await api.reports.createReport(request, seen.watch);
    expect(amazon.requests).toHaveLength(2);
    expect(seen.requests).toBe(2);
    expect(usagePlans.buckets.get('createReport')?.tokens).toBeCloseTo(15 - 2, 1);
    expect(calls.map(({ operation, status, attempt, failed }) => [operation, status, attempt, failed])).toEqual([
      ['token', 200, 1, false],
      ['createReport', 503, 1, true],
      ['createReport', 202, 2, false],
    ]);
    expect(calls[1]?.request).toMatch(/^POST \/reports\/2021-06-30\/reports \{"reportType":"GET_XML_ALL.*"2026-10-31T/);
  });

  it('waits a minute for the sixteenth report', async () => {
    const { api, clock } = await setUpReports({ createReport: [answerJson(202, { reportId: '7' })] });
    const startedAt = clock.time();
    for (let report = 0; report < 16; report += 1) await api.reports.createReport(request, createWatch().watch);
    expect((clock.time() - startedAt) / 1000).toBeCloseTo(1 / 0.0167, 1);
  });

  it('reports an answer without an id', async () => {
    const { api } = await setUpReports({ createReport: [answerJson(202, {})] });
    await expect(api.reports.createReport(request, createWatch().watch)).rejects.toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringContaining('createReport does not match the model'),
    });
  });
});

describe('getReport', () => {
  const report = (more: object) => answerJson(200, { reportId: '7', reportType: request.reportType, ...more });

  it('returns status, document and times', async () => {
    const { amazon, api } = await setUpReports({
      getReport: [
        report({ processingStatus: 'IN_QUEUE', createdTime: '2026-11-01T00:00:00+00:00' }),
        report({
          processingStatus: 'DONE',
          reportDocumentId: 'amzn1.spdoc.1.4.na.0356cf79',
          createdTime: '2026-11-01T00:00:00+00:00',
          processingStartTime: '2026-11-01T00:00:05Z',
          processingEndTime: 'yesterday',
        }),
      ],
    });
    const get = () => api.reports.getReport('7', createWatch().watch);
    await expect(get()).resolves.toEqual({
      reportId: '7',
      status: 'IN_QUEUE',
      documentId: null,
      createdTime: new Date('2026-11-01T00:00:00Z'),
      startedTime: null,
      endedTime: null,
    });
    await expect(get()).resolves.toMatchObject({
      status: 'DONE',
      documentId: 'amzn1.spdoc.1.4.na.0356cf79',
      startedTime: new Date('2026-11-01T00:00:05Z'),
      endedTime: null,
    });
    expect(amazon.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /reports/2021-06-30/reports/7',
      'GET /reports/2021-06-30/reports/7',
    ]);
  });

  it('keeps an unknown status', async () => {
    const { api } = await setUpReports({ getReport: [report({ processingStatus: 'PAUSED' })] });
    await expect(api.reports.getReport('7', createWatch().watch)).resolves.toMatchObject({ status: 'PAUSED' });
  });

  it('returns null for a report that Amazon does not know', async () => {
    const notFound = answerJson(404, { errors: [{ code: 'NotFound', message: 'The report does not exist.' }] });
    const { api } = await setUpReports({ getReport: [notFound] });
    await expect(api.reports.getReport('7', createWatch().watch)).resolves.toBeNull();
  });

  it('does not take the 404 of another server for an unknown report', async () => {
    const { api } = await setUpReports({ getReport: [answerJson(404, {})] });
    await expect(api.reports.getReport('7', createWatch().watch)).rejects.toMatchObject({
      code: 'SP_API_INVALID_INPUT',
      message: expect.stringContaining('SP_API_ENDPOINT'),
    });
  });

  it('keeps ids inside the path', async () => {
    const { amazon, api } = await setUpReports({ getReport: [report({ processingStatus: 'DONE' })] });
    await api.reports.getReport('../7?x=1', createWatch().watch);
    expect(amazon.requests[0]?.url).toBe('/reports/2021-06-30/reports/..%2F7%3Fx%3D1');
  });
});
