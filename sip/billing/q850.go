package billing

// Q850 is the cause of ITU-T Q.850 that a final SIP status stands for (RFC 3398
// §8.2.6.1, and the usual reading of those that it leaves out); 16, normal
// clearing, for a call that was answered, and 0 where no status came.
func Q850(status int) int {
	if cause, ok := q850[status]; ok {
		return cause
	}
	switch {
	case status >= 200 && status < 300:
		return 16
	case status >= 400 && status < 500:
		return 31 // normal, unspecified
	case status >= 500:
		return 127 // interworking
	}
	return 0
}

// q850 are the causes by SIP status.
var q850 = map[int]int{
	400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127,
	415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 433: 21, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17,
	487: 16, 488: 31, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127,
	600: 17, 603: 21, 604: 1, 606: 31, 607: 21, 608: 21,
}

// q850Names are the causes' names in Q.850, those that calls end with.
var q850Names = map[int]string{
	1: "unallocated number", 2: "no route to network", 3: "no route to destination", 16: "normal call clearing", 17: "user busy",
	18: "no user responding", 19: "no answer from user", 20: "subscriber absent", 21: "call rejected", 22: "number changed",
	25: "exchange routing error", 26: "non-selected user clearing", 27: "destination out of order", 28: "invalid number format",
	29: "facility rejected", 31: "normal, unspecified", 34: "no circuit available", 38: "network out of order", 41: "temporary failure",
	42: "switching equipment congestion", 44: "requested circuit not available", 47: "resource unavailable", 50: "facility not subscribed",
	55: "incoming calls barred", 57: "bearer capability not authorised", 58: "bearer capability not available", 63: "service not available",
	65: "bearer capability not implemented", 79: "service not implemented", 87: "user not member of group", 88: "incompatible destination",
	95: "invalid message", 102: "recovery on timer expiry", 111: "protocol error", 127: "interworking",
}

// Q850Name is a cause's name as Q.850 has it; empty where it is none that calls
// end with.
func Q850Name(cause int) string { return q850Names[cause] }

// CauseOf is how a call that was not answered ended, by its final SIP status and
// the Q.850 cause of its Reason header, which says more; 0 where there is none.
func CauseOf(status, reason int) Cause {
	if cause, ok := byReason[reason]; ok {
		return cause
	}
	switch status {
	case 486, 600:
		return CauseBusy
	case 408, 480:
		return CauseNoAnswer
	case 603, 607, 608, 433:
		return CauseDeclined
	case 404, 410, 484, 485, 604:
		return CauseWrongNumber
	case 487:
		return CauseCancelled
	case 0:
		return CauseTrunkDown
	case 401, 402, 403, 407, 500, 502, 503, 504:
		return CauseTrunkDown
	}
	return CauseUnreachable
}

// byReason are the Q.850 causes that say how a call ended better than the SIP
// status beside them.
var byReason = map[int]Cause{
	1: CauseWrongNumber, 22: CauseWrongNumber, 28: CauseWrongNumber, 17: CauseBusy, 18: CauseNoAnswer, 19: CauseNoAnswer,
	20: CauseUnreachable, 27: CauseUnreachable, 3: CauseUnreachable, 21: CauseDeclined,
	34: CauseTrunkDown, 38: CauseTrunkDown, 42: CauseTrunkDown,
}
