package signaling_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"partyline/signaling"
	"partyline/signaling/wire"
)

// visits keeps what it is told.
type visits struct {
	mu     sync.Mutex
	seated map[string][]signaling.Visit
	left   map[string][]signaling.Leaving
}

func (v *visits) Seated(visit signaling.Visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seated[visit.ID] = append(v.seated[visit.ID], visit)
}

func (v *visits) Left(id string, how signaling.Leaving) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.left[id] = append(v.left[id], how)
}

// TestEveryVisitIsTold: one for each stay, moved or not, and ended once.
func TestEveryVisitIsTold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		told := &visits{seated: map[string][]signaling.Visit{}, left: map[string][]signaling.Leaving{}}
		w.server.TellVisits(told)
		boss, _ := w.host()
		w.colleague("ann") // 2
		w.phone()          // 3
		w.guest("cookie")  // 4
		boss.with(wire.Breakouts, 1)
		boss.moves(wire.Place{Breakout: 1}, 2, 3)
		boss.act(wire.Remove, 4)
		synctest.Wait()
		if len(told.seated) != 4 || len(told.left) != 1 {
			t.Fatalf("%d came, %d left", len(told.seated), len(told.left))
		}
		boss.act(wire.EndMeeting, 0)
		synctest.Wait()
		told.mu.Lock()
		defer told.mu.Unlock()
		reasons := map[wire.LeftReason]int{}
		moved := 0
		for id, seats := range told.seated {
			first := seats[0]
			if len(seats) == 2 {
				moved++
			}
			if first.ID != id || first.Meeting != sync1 || first.Name == "" || first.At.IsZero() {
				t.Errorf("%+v", first)
			}
			if len(told.left[id]) != 1 || told.left[id][0].At.IsZero() {
				t.Errorf("%s left %v", first.Name, told.left[id])
				continue
			}
			reasons[told.left[id][0].Reason]++
		}
		if moved != 2 || reasons[wire.LeftEnded] != 3 || reasons[wire.LeftRemoved] != 1 {
			t.Errorf("%d were moved; they left %v", moved, reasons)
		}
	})
}
