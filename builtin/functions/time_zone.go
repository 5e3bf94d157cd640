package functions

import (
	"errors"
	"sync"

	"tidemark.dev/types"
)

var errPrecision = errors.New("a precision is 0 to 9")

// zones keeps the time zones that rows have named. There are some hundred in all.
var zones zoneCache

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
	z, err := types.LoadZone(string(name))
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
