package store_test

import (
	"testing"

	"partyline/signaling/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
