import { messages, timeOf } from '../../i18n';
import type { Live } from '../../store/live';
import { go } from '../../store/router';
import { known } from '../../store/session';
import { onPhone, visit } from '../../store/visit';
import type { Receipt } from '../../wire/dial';
import { PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon, type IconName } from '../parts/icons';
import { lazyPaid } from '../parts/lazypaid';
import { Plain } from '../shell';
import { ids } from '../testids';
import { Rating } from './rating';

const ReceiptCard = lazyPaid(() => import('../paid/receipt'), true);

type Known =
  | 'left'
  | 'ended'
  | 'removed'
  | 'refused-entry'
  | 'full'
  | 'not-found'
  | 'version'
  | 'no-connection'
  | 'not-allowed'
  | 'handed-over';

const icons: Record<Known | 'other', IconName> = {
  left: 'leave',
  ended: 'check',
  removed: 'door',
  'refused-entry': 'door',
  full: 'people',
  'not-found': 'search',
  version: 'refresh',
  'no-connection': 'warning',
  'not-allowed': 'lock',
  'handed-over': 'phone',
  other: 'warning',
};

interface OverProps {
  end: End;
  rejoin?: string;
  receipt?: Receipt | undefined;
  /** The visit, if there was a seat in the meeting. */
  live?: Live;
}

interface End {
  why: string;
  by?: string;
  at?: number;
}

/** The end of a visit, or why it could not begin: what happened and what to do. */
export function Over({ end, rejoin, receipt, live }: OverProps) {
  const { why, by, at } = end;
  const t = messages.value;
  const kind = why in icons ? (why as Known) : 'other';
  const { title, text } = t.over[kind];
  const goHome = () => {
    visit.value = undefined;
    go(known.value.state === 'in' ? '/' : '/login');
  };
  return (
    <Plain>
      <section class="card over" data-testid={ids.over} data-why={why}>
        <span class="empty-icon">
          <Icon name={icons[kind]} size={28} />
        </span>
        <PageTitle>{title}</PageTitle>
        <p class="lead">
          {kind !== 'ended' ? text : by ? t.over.endedBy(by) : at ? t.over.endedAt(timeOf(at)) : text}
        </p>
        {receipt && receipt.calls.length > 0 && <ReceiptCard receipt={receipt} />}
        {live?.ratable && <Rating live={live} />}
        <div class="over-foot">
          {kind === 'version' && (
            <Button tone="primary" icon="refresh" onClick={() => location.reload()}>
              {t.common.reload}
            </Button>
          )}
          {rejoin && canRejoin(kind) && (
            <Button
              tone={kind === 'left' || kind === 'handed-over' ? 'plain' : 'primary'}
              icon={kind === 'handed-over' ? 'browser' : 'refresh'}
              id={ids.rejoin}
              onClick={() => {
                onPhone.value = kind === 'handed-over' ? rejoin : undefined;
                visit.value = undefined;
              }}
            >
              {kind === 'handed-over' ? t.over.again : t.over.rejoin}
            </Button>
          )}
          {known.value.state === 'in' ? (
            <Button onClick={goHome}>{t.common.toHome}</Button>
          ) : (
            kind === 'not-allowed' && <Button onClick={goHome}>{t.login.title}</Button>
          )}
        </div>
      </section>
    </Plain>
  );
}

function canRejoin(kind: Known | 'other'): boolean {
  return ['left', 'full', 'no-connection', 'handed-over', 'other'].includes(kind);
}
