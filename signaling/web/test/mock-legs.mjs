// What the routes about single meetings and legs, and about what they are broken down by, answer in the mock.

import { inChinese, toOwner } from './fixtures-legs.mjs';

const problem = (status, code) => [status, { status, code, title: code, detail: `The server says ${code}.` }];

/** The answer of a route, or nothing. */
export function legsApi(world, method, path, query, body) {
  const { legs: all } = world;
  const [, first, second, third, fourth] = path.split('/');
  if (method === 'GET' && first === 'me' && second === 'legs' && third)
    return all.details[third]
      ? [200, spoken(all.details[third], toOwner[query.get('language')])]
      : problem(404, 'not-found');
  const words = query.get('language') === 'zh-CN' ? inChinese : {};
  if (first !== 'quality') return undefined;
  switch (`${method} ${second}${third ? '/*' : ''}${fourth ? `/${fourth}` : ''}`) {
    case 'GET breakdown': {
      const by = query.get('by');
      return [200, { by, rows: all.breakdowns[by] ?? [], more: false }];
    }
    case 'GET hours':
      return [200, all.hours];
    case 'GET subnets':
      return [200, all.subnets];
    case 'POST subnets/*':
      return [200, previewOf(body.csv)];
    case 'PUT subnets': {
      const preview = previewOf(body.csv);
      if (preview.errors.length > 0) return problem(422, 'invalid');
      all.subnets = {
        subnets: preview.subnets,
        changedAt: new Date().toISOString(),
        changedBy: { id: world.me.id, name: world.me.name },
      };
      return [200, preview];
    }
    case 'GET meetings':
      return [200, { meetings: all.meetings }];
    case 'GET meetings/*':
      return third === 'm1' ? [200, spoken(all.timeline, words)] : problem(404, 'not-found');
    case 'GET meetings/*/matrix':
      return [200, all.matrix];
    case 'GET legs':
      return [200, { legs: fitting(all.legs, query), next: query.get('cursor') ? undefined : all.next }];
    case 'GET legs/*':
      return all.details[third] ? [200, spoken(all.details[third], words)] : problem(404, 'not-found');
    case 'GET search': {
      const q = query.get('q');
      const legs = all.legs.filter((one) => `${one.name} ${one.number}`.includes(q));
      const people = legs.filter((one) => one.person).map(({ person, name }) => ({ id: person, name }));
      return [200, { people, meetings: all.meetings.filter((one) => one.name?.includes(q)), legs }];
    }
    default:
      return undefined;
  }
}

/** The same with its verdict in the reader's words. */
function spoken(one, words) {
  const say = (text) => words[text] ?? text;
  const findings = one.verdict.findings.map((finding) => ({
    ...finding,
    sentence: say(finding.sentence),
    advice: say(finding.advice),
  }));
  return { ...one, verdict: { ...one.verdict, sentence: say(one.verdict.sentence), findings } };
}

function fitting(legs, query) {
  const by = ['site', 'access', 'class', 'kind', 'person'].filter((one) => query.get(one));
  return legs.filter((leg) => by.every((one) => leg[one] === query.get(one)));
}

function previewOf(csv) {
  const [, ...lines] = csv.trim().split('\n');
  const rows = lines.map((line) => line.split(','));
  const errors = rows.flatMap(([prefix], n) =>
    /^[\da-f.:]+\/\d+$/.test(prefix)
      ? []
      : [{ line: n + 2, field: 'prefix', message: `“${prefix}” is not a network such as 10.1.0.0/16.` }],
  );
  const subnets = rows.map(([prefix, site, access]) => ({ prefix, site, access }));
  return { subnets, count: subnets.length, added: 1, removed: 2, ignored: ['remark'], errors };
}
