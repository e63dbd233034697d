// What the routes about reminders, quiet hours, receipts and channels answer in the mock.

const problem = (status, code) => [status, { status, code, title: code, detail: `The server says ${code}.` }];

/** Answers a request about reminders; undefined when it is about something else. */
export function remindApi(world, method, path, body) {
  const { remind } = world;
  const [, first, second, third] = path.split('/');
  if (first === 'me') return mine(remind, method, second, third, body);
  switch (`${method} /${first}${third ? `/*/${third}` : ''}`) {
    case 'GET /reminders':
      return second === 'gone' ? problem(410, 'over') : [200, remind.link];
    case 'POST /reminders':
      Object.assign(remind.link, { answer: body.act, minutes: body.minutes ?? 5 });
      return [200, remind.link];
    case 'GET /answers':
      return second === 'gone' ? problem(410, 'expired') : [200, remind.question];
    case 'POST /answers':
      Object.assign(remind.question, { next: body.status, ...(body.next ? {} : { status: body.status }) });
      return [200, { ...remind.question }];
    case 'GET /subjects/*/receipts':
      return [200, remind.receipts];
    case 'POST /subjects/*/again':
      return [200, { reminded: 1 }];
    case 'POST /subjects/*/override':
      return [200, { left: 1, of: 3 }];
    case 'GET /broadcasts':
      return [200, remind.broadcasts];
    case 'POST /broadcasts': {
      const people = body.people.length || world.people.length;
      const made = {
        id: `a${remind.broadcasts.length + 1}`,
        by: world.me.name,
        at: new Date().toISOString(),
      };
      remind.broadcasts = [{ ...made, ...body, people }, ...remind.broadcasts];
      return [201, remind.broadcasts[0]];
    }
    case 'GET /bots':
      return [200, remind.bots];
    case 'POST /bots': {
      const made = {
        id: `b${remind.bots.length + 1}`,
        host: new URL(body.url).host,
        hasSecret: Boolean(body.secret),
      };
      const when = { changedAt: new Date().toISOString(), changedBy: world.me.name, people: 0, fault: '' };
      const { name, channel, allowPrivate } = body;
      remind.bots = [...remind.bots, { name, channel, allowPrivate, ...made, ...when }];
      return [201, remind.bots.at(-1)];
    }
    case 'POST /bots/*/test':
      return [
        200,
        second === 'b2'
          ? { sent: false, error: 'The channel is gone (404).', tookMs: 80 }
          : { sent: true, error: '', tookMs: 120 },
      ];
    case 'DELETE /bots':
      remind.bots = remind.bots.filter((bot) => bot.id !== second);
      return [204];
    default:
      return undefined;
  }
}

function mine(remind, method, what, id, body) {
  switch (`${method} ${what}`) {
    case 'GET reminders':
      return [200, remind.cards];
    case 'POST reminders':
      remind.answered = { subject: decodeURIComponent(id), ...body };
      return [204];
    case 'GET notifications':
      return [200, remind.choice];
    case 'PUT notifications':
      remind.choice = body;
      return [200, body];
    case 'GET quiet':
      return [200, remind.quiet];
    case 'PUT quiet':
      Object.assign(remind.quiet, body);
      return [200, { ...remind.quiet }];
    case 'PUT rest':
      remind.quiet = { ...remind.quiet, restUntil: body.until };
      return [200, remind.quiet];
    case 'GET disturbances':
      return [200, remind.disturbances];
    case 'POST disturbances':
      Object.assign(
        remind.disturbances.find((d) => d.id === id),
        { judged: true, urgent: body.urgent },
      );
      return [204];
    case 'GET override-quota':
      return [200, remind.quota];
    case 'GET channels':
      return [200, remind.channels];
    case 'PUT channels': {
      const chosen = (bot) => body.bots.find((b) => b.id === bot.id);
      const bots = remind.channels.bots.map((bot) => ({
        ...bot,
        chosen: Boolean(chosen(bot)),
        mention: chosen(bot)?.mention ?? '',
      }));
      remind.channels = { ...remind.channels, bots };
      return [200, remind.channels];
    }
    case 'GET push':
      return [200, remind.push];
    case 'POST push':
      return id === 'test' ? [200, { sent: true, error: '' }] : [201, { id: 'w2' }];
    case 'DELETE push':
      remind.push.browsers = remind.push.browsers.filter((one) => one.id !== id);
      return [204];
    default:
      return undefined;
  }
}
