package functions

import (
	"errors"
	"math"
	"sync"

	"tidemark.dev/function"
	"tidemark.dev/types"
)

var errPrecision = errors.New("a precision is 0 to 9")

// zones keeps the time zones that rows have named. There are some hundred in all.
var zones zoneCache

// shortZones are ids of three letters that Java's older calendar knows.
var shortZones = map[string]string{
	"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo",
	"AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns",
	"CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "EST": "America/Panama",
	"HST": "Pacific/Honolulu", "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia",
	"MST": "America/Phoenix", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix",
	"PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}

type zoneCache struct {
	sync.RWMutex
	byName map[string]*types.Zone
}

func (zc *zoneCache) get(name []byte) (*types.Zone, error) {
	zc.RLock()
	z := zc.byName[string(name)]
	zc.RUnlock()
	if z != nil {
		return z, nil
	}
	id := string(name)
	if long := shortZones[id]; long != "" {
		id = long
	}
	z, err := types.LoadZone(id)
	if err != nil {
		return nil, err
	}
	zc.Lock()
	defer zc.Unlock()
	if zc.byName == nil {
		zc.byName = map[string]*types.Zone{}
	}
	zc.byName[string(name)] = z
	return z, nil
}

func bindUnixTimestamp(args []function.Arg) (function.Signature, error) {
	if len(args) == 0 {
		return strict(nil, types.TBigInt, func(c *function.Call) error {
			out, now := c.Out.Int64s(), c.Env.Now/types.MicrosPerSecond
			return c.Rows(func(i int) error { out[i] = now; return nil })
		})
	}
	return binding(1, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
		find, err := patternOf(args, 1, simple, standard)
		if err != nil {
			return function.Signature{}, err
		}
		return strict(ps, types.TBigInt, func(c *function.Call) error {
			out := c.Out.Int64s()
			return c.Rows(func(i int) error {
				p, err := find(c, i)
				if err != nil {
					return err
				}
				out[i] = math.MinInt64
				if micros, zoned, ok := p.parseInstant(types.View(text(c, 0, i))); ok {
					if !zoned {
						micros = laterInstant(c.Env.Zone, micros)
					}
					out[i] = micros / types.MicrosPerSecond
				}
				return nil
			})
		})
	}, anyText, anyText)(args)
}

// laterInstant is the instant of a local time; where clocks go back, the later one, as
// Java's older calendar has it.
func laterInstant(z *types.Zone, local int64) int64 {
	at := z.Instant(local)
	const overlap = 3 * 3600 * types.MicrosPerSecond // no clock goes back further
	if later := local - z.Offset(at+overlap); later > at && z.Local(later) == local {
		return later
	}
	return at
}

func convertZone(c *function.Call) error {
	p, _ := compilePattern(standard, simple)
	buf := make([]byte, 0, scratch)
	return c.Rows(func(i int) error {
		from, err := zones.get(text(c, 1, i))
		if err != nil {
			return function.Failf(i, "%v", err)
		}
		to, err := zones.get(text(c, 2, i))
		if err != nil {
			return function.Failf(i, "%v", err)
		}
		micros, _, ok := p.parse(types.View(text(c, 0, i)))
		if !ok {
			c.Out.SetNull(i)
			return nil
		}
		m := momentOf(to.Local(laterInstant(from, micros)), 0)
		buf, _ = p.append(buf[:0], &m)
		c.Out.SetBytes(i, buf)
		return nil
	})
}
