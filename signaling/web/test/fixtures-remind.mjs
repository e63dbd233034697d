// Reminders, quiet hours, receipts and channels, as screenshots want them.

const MINUTE = 60_000;
const iso = (at) => new Date(at).toISOString();

/** A reminder as the WebSocket brings it. */
export const reminder = (more = {}) => ({
  subject: 's1_20261123T090000',
  about: 'reminder',
  title: '周一例会 Monday round begins in 1 minute',
  text: '李雷',
  start: Date.now() + MINUTE,
  end: Date.now() + 31 * MINUTE,
  link: '/room/m1',
  acts: ['join', 'late', 'cannot', 'coming', 'snooze'],
  ...more,
});

const row = (step, channel, state, reason = '') => ({
  step,
  channel,
  state,
  reason,
  due: '2026-11-23T00:50:00Z',
  sentAt: state === 'pending' || state === 'suppressed' ? null : '2026-11-23T00:49:31Z',
});

const person = (who, name, rows, more = {}) => ({
  who,
  name,
  required: true,
  answer: '',
  minutes: 0,
  where: '',
  at: null,
  rows,
  ...more,
});

export function remindFixtures() {
  const work = { from: '18:30', to: '08:30' };
  const allDay = { from: '00:00', to: '24:00' };
  return {
    cards: [],
    link: {
      kind: 'meeting',
      title: '周一例会 Monday round',
      text: '',
      start: iso(Date.now() + 10 * MINUTE),
      end: iso(Date.now() + 40 * MINUTE),
      zone: 'Asia/Shanghai',
      organiser: '李雷',
      name: 'Zoë Okonkwo-Lindqvist',
      link: 'https://meet.example.com/j/m1kQ3zv0yU7m5nJ1xwP9aB2c',
      number: '482915306',
      code: '558210',
      answer: '',
      minutes: 0,
    },
    question: {
      name: 'Zoë Okonkwo-Lindqvist',
      organiser: '李雷',
      title: '周一例会 Monday round',
      agenda: '1. 上周回顾\n2. Numbers of the week',
      start: iso(Date.now() + 3 * 24 * 60 * MINUTE),
      end: iso(Date.now() + (3 * 24 * 60 + 30) * MINUTE),
      timeZone: 'Asia/Shanghai',
      all: true,
      status: 'needs-action',
      next: 'needs-action',
      link: '/j/m1kQ3zv0yU7m5nJ1xwP9aB2c',
      number: '482915306',
      code: '558210',
    },
    choice: { channels: null, lead: [], noRing: false, noCall: false },
    channels: {
      mail: true,
      push: true,
      browsers: 1,
      bots: [
        { id: 'b1', name: '企业微信销售群', channel: 'wecom', chosen: true, mention: 'lilei' },
        { id: 'b2', name: 'Project Heron on Slack', channel: 'slack', chosen: false, mention: '' },
      ],
    },
    push: {
      key: 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM',
      browsers: [
        {
          id: 'w1',
          userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36',
          createdAt: '2026-11-20T08:00:00Z',
          current: false,
        },
      ],
    },
    quiet: {
      zone: 'Asia/Shanghai',
      week: [[allDay], [work], [work], [work], [{ from: '12:00', to: '13:00' }, work], [], [allDay]],
      restUntil: null,
      restingUntil: null,
    },
    disturbances: [
      {
        id: 'd1',
        title: 'Bridge of Northwind is down',
        sender: '韩梅梅',
        reason: 'The customer cannot reach anybody and waits on the line.',
        at: iso(Date.now() - 9 * 3600e3),
        judged: false,
        urgent: false,
      },
      {
        id: 'd2',
        title: '预算会',
        sender: '林涛',
        reason: '明天一早要交预算',
        at: iso(Date.now() - 90 * 3600e3),
        judged: true,
        urgent: false,
      },
    ],
    quota: { left: 2, of: 3 },
    receipts: {
      subject: 's1_20261123T090000',
      kind: 'meeting',
      title: '周一例会 Monday round',
      start: '2026-11-23T01:00:00Z',
      end: '2026-11-23T01:30:00Z',
      funnel: {
        people: 4,
        planned: 11,
        sent: 9,
        delivered: 7,
        acknowledged: 3,
        late: 1,
        declined: 1,
        failed: 1,
        expired: 0,
        suppressed: 1,
        waiting: 1,
      },
      people: [
        person('p2', '韩梅梅', [row('ask', 'push', 'acknowledged'), row('ask', 'wecom', 'sent')], {
          answer: 'late',
          minutes: 5,
          where: 'push',
          at: '2026-11-23T00:51:12Z',
        }),
        person(
          'i2',
          'Bartholomew Featherstonehaugh',
          [row('ask', 'mail', 'delivered'), row('call', 'phone', 'acknowledged')],
          {
            answer: 'join',
            where: 'phone',
            at: '2026-11-23T01:01:40Z',
            required: false,
          },
        ),
        person('i3', 'Zoë Okonkwo-Lindqvist', [row('ask', 'mail', 'delivered')], {
          answer: 'cannot',
          where: 'link',
          at: '2026-11-23T00:55:00Z',
        }),
        person('p5', '王芳', [
          row('ask', 'push', 'suppressed', 'quiet'),
          row('call', 'phone', 'failed', 'no-answer'),
        ]),
      ],
      again: { left: 3, nextAt: null },
    },
    broadcasts: [
      {
        id: 'a1',
        title: '周五食堂关闭 The canteen is closed on Friday',
        text: 'Bring your own lunch; the terrace stays open.',
        by: '李雷',
        at: '2026-11-20T08:00:00Z',
        people: 214,
        phone: false,
      },
      {
        id: 'a2',
        title: 'Fire drill at 15:00',
        text: '',
        by: '韩梅梅',
        at: '2026-11-12T06:00:00Z',
        people: 48,
        phone: true,
      },
    ],
    bots: [
      {
        id: 'b1',
        name: '企业微信销售群',
        channel: 'wecom',
        host: 'qyapi.weixin.qq.com',
        hasSecret: false,
        allowPrivate: false,
        people: 12,
        fault: '',
        changedAt: '2026-11-20T08:00:00Z',
        changedBy: '李雷',
      },
      {
        id: 'b2',
        name: 'Project Heron on Slack',
        channel: 'slack',
        host: 'hooks.slack.com',
        hasSecret: true,
        allowPrivate: false,
        people: 1,
        fault: 'Slack says that the channel is gone (404). Make a new webhook and enter its address here.',
        changedAt: '2026-11-20T08:00:00Z',
        changedBy: '李雷',
      },
      {
        id: 'b3',
        name: 'Pager',
        channel: 'webhook',
        host: 'pager.hexin.internal:8443',
        hasSecret: true,
        allowPrivate: true,
        people: 0,
        fault: '',
        changedAt: '2026-11-21T08:00:00Z',
        changedBy: '韩梅梅',
      },
    ],
  };
}
