import { Component, type ComponentChildren } from 'preact';
import { messages } from '../i18n';
import { lightReady } from '../i18n/light';
import { cards, told } from '../store/cards';
import { go, type Route, route } from '../store/router';
import { askSession, known, sessionGone } from '../store/session';
import { announcement, dismiss, toasts } from '../store/toasts';
import { Home } from './pages/home';
import { LogIn, SetUp, Welcome } from './pages/login';
import { Empty, Failed, Loading, PageTitle } from './parts/bits';
import { Button } from './parts/button';
import { Asking } from './parts/dialog';
import { lazy } from './parts/lazy';
import { lazyPaid } from './parts/lazypaid';
import { lazyPlan, lazyRemind } from './parts/lazyplan';
import { lazyQuality } from './parts/lazyquality';
import { Link } from './parts/link';
import { Plain, Shell } from './shell';

// Loaded when first shown: most visits to the start page need none of them.
const Me = lazy(() => import('./pages/me'));
const MeetingPage = lazy(() => import('./pages/meeting'));
const People = lazy(() => import('./pages/people'));
const Dial = lazyPaid(() => import('./pages/dial'));
const BatchPage = lazyPaid(() => import('./pages/batch'));
const Calls = lazyPaid(() => import('./pages/calls'));
const CallPage = lazyPaid(() => import('./pages/call'));
const Contacts = lazyPaid(() => import('./pages/contacts'));
const Company = lazyPaid(() => import('./admin/company'));
const Quality = lazyQuality(() => import('./quality/quality'));
const Looks = lazyQuality(() => import('./quality/looks'));
const OwnLeg = lazyQuality(() => import('./quality/own'));
const Calendar = lazyPlan(() => import('./plan/calendar'));
const Schedule = lazyPlan(() => import('./plan/schedule'));
const Reschedule = lazyPlan(() => import('./plan/reschedule'));
const Reminders = lazyRemind(() => import('./remind/reminders'));
const Announce = lazyRemind(() => import('./remind/announce'));
const Act = lazyRemind(() => import('./remind/act'));
const Answer = lazyRemind(() => import('./remind/answer'));
// What one is reminded of is shown on every page, and mostly there is nothing.
const Cards = lazyRemind(() => import('./remind/cards'), true);
const Visit = lazy(async () => (await Promise.all([import('./pages/visit'), lightReady()]))[0]);

export function App() {
  const t = messages.value;
  return (
    <>
      <a href="#content" class="skip">
        {t.common.skip}
      </a>
      <Guard>
        <Page />
      </Guard>
      {(cards.value.length > 0 || told.value) && <Cards />}
      <Asking />
      <Toasts />
      <p class="offscreen" aria-live="polite" data-testid="announcement">
        {announcement.value}
      </p>
    </>
  );
}

function Page() {
  const here = route.value;
  switch (here.page) {
    case 'login':
      return <LogIn />;
    case 'setup':
      return <SetUp token={here.token} />;
    case 'welcome':
      return <Welcome token={here.token} />;
    case 'join':
    case 'room':
      return <Visit />;
    case 'act':
      return <Act key={here.token} token={here.token} />;
    case 'answer':
      return <Answer key={here.token} token={here.token} />;
    case 'home':
    case 'meeting':
    case 'people':
    case 'me':
    case 'dial':
    case 'batch':
    case 'calls':
    case 'call':
    case 'contacts':
    case 'company':
    case 'quality':
    case 'looks':
    case 'leg':
    case 'calendar':
    case 'schedule':
    case 'reschedule':
    case 'reminders':
    case 'announce':
    case 'missing':
      return <LoggedIn />;
  }
}

const forAdmins: readonly Route['page'][] = ['people', 'company', 'quality'];

function LoggedIn() {
  const t = messages.value;
  const here = route.value;
  const who = known.value;
  if (who.state === 'asking') return <Plain children={<Loading />} />;
  if (who.state === 'offline') {
    return (
      <Plain>
        <div class="card">
          <Failed error={who.error} retry={() => void askSession()} />
        </div>
      </Plain>
    );
  }
  if (here.page === 'missing') return <Missing />;
  if (who.state === 'none') {
    queueMicrotask(sessionGone);
    return null;
  }
  const { person } = who.session;
  return (
    <Shell person={person}>
      {here.page === 'home' && <Home />}
      {here.page === 'meeting' && <MeetingPage key={here.id} id={here.id} />}
      {here.page === 'me' && <Me person={person} />}
      {here.page === 'dial' && <Dial person={person} />}
      {here.page === 'batch' && <BatchPage key={here.id} id={here.id} />}
      {here.page === 'calls' && <Calls />}
      {here.page === 'call' && <CallPage key={here.id} id={here.id} />}
      {here.page === 'contacts' && <Contacts />}
      {here.page === 'looks' && <Looks />}
      {here.page === 'leg' && <OwnLeg key={here.id} id={here.id} />}
      {here.page === 'calendar' && <Calendar person={person} />}
      {here.page === 'schedule' && <Schedule person={person} />}
      {here.page === 'reschedule' && <Reschedule key={here.id} person={person} meeting={here.id} />}
      {here.page === 'reminders' && <Reminders person={person} />}
      {here.page === 'announce' && <Announce person={person} />}
      {forAdmins.includes(here.page) && !person.admin && (
        <div class="card">
          <PageTitle>{t.people.title}</PageTitle>
          <Empty icon="lock" title={t.people.adminsOnly} text={t.people.adminsOnlyText} />
        </div>
      )}
      {here.page === 'people' && person.admin && <People />}
      {here.page === 'company' && person.admin && <Company section={here.section} id={here.id} />}
      {here.page === 'quality' && person.admin && <Quality section={here.section} id={here.id} />}
    </Shell>
  );
}

function Missing() {
  const t = messages.value;
  return (
    <Plain>
      <div class="card over">
        <PageTitle>{t.problem.missing}</PageTitle>
        <p class="lead">{t.problem.missingText}</p>
        <Link to="/" class="button plain normal">
          {t.common.toHome}
        </Link>
      </div>
    </Plain>
  );
}

function Toasts() {
  const t = messages.value;
  return (
    <ul class="toasts" aria-live="polite">
      {toasts.value.map((toast) => (
        <li key={toast.id} class={`toast ${toast.tone}`}>
          <p>{toast.text}</p>
          {toast.action && (
            <Button
              size="small"
              onClick={() => {
                dismiss(toast.id);
                toast.action?.run();
              }}
            >
              {toast.action.label}
            </Button>
          )}
          <Button tone="quiet" size="small" icon="close" iconOnly onClick={() => dismiss(toast.id)}>
            {t.common.close}
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** A fault in a page is told instead of leaving a blank screen. */
class Guard extends Component<{ children: ComponentChildren }, { broken: boolean }> {
  override state = { broken: false };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ broken: true });
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    const t = messages.value;
    return (
      <Plain>
        <div class="card over">
          <PageTitle>{t.problem.crash}</PageTitle>
          <p class="lead">{t.problem.crashText}</p>
          <div class="over-foot">
            <Button tone="primary" icon="refresh" onClick={() => location.reload()}>
              {t.common.reload}
            </Button>
            <Button
              onClick={() => {
                this.setState({ broken: false });
                go('/');
              }}
            >
              {t.common.toHome}
            </Button>
          </div>
        </div>
      </Plain>
    );
  }
}
