// Package quality is what is known of call quality: samples of legs, what ITU-T's
// E-model makes of them, their classes, and the reasons when one was bad.
// It imports nothing of ours, so that every plane may use it.
//
//	goroutine     | one per   | owns                   | ends when
//	Collector.Run | Collector | what the Store is given | its context ends
package quality
