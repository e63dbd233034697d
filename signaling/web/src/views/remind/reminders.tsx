import { remind } from '../../i18n/remind';
import type { Person } from '../../wire/api';
import { PageTitle } from '../parts/bits';
import { PlanSections } from '../parts/sections';
import { HowReminded } from './choice';
import { Disturbances } from './judge';
import { PushCard } from './push';
import { QuietHours } from './quiet';

/** How one is reminded, and when one is left alone. */
export default function Reminders({ person }: { person: Person }) {
  const r = remind.value.mine;
  return (
    <>
      <PlanSections here="reminders" />
      <header class="page-head">
        <div>
          <PageTitle>{r.title}</PageTitle>
          <p class="row-sub">{r.lead}</p>
        </div>
      </header>
      <div class="two">
        <div class="stack">
          <QuietHours />
          <Disturbances />
        </div>
        <div class="stack">
          <HowReminded person={person} />
          <PushCard />
        </div>
      </div>
    </>
  );
}
