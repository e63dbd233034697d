import './words';
import { quality } from '../../i18n/quality';
import { PageTitle } from '../parts/bits';

export default function Looks() {
  return <PageTitle>{quality.value.looks.title}</PageTitle>;
}
