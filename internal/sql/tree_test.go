package sql

import (
	"fmt"
	"reflect"
)

// difference tells where two trees differ, but for positions, leading zeros of numbers and whether an
// identifier was quoted; it is empty if they do not.
func difference(a, b any) string {
	return differ(reflect.ValueOf(a), reflect.ValueOf(b), "")
}

func differ(a, b reflect.Value, path string) string {
	if a.IsValid() != b.IsValid() || a.IsValid() && a.Type() != b.Type() {
		return fmt.Sprintf("%s: %v against %v", path, a, b)
	}
	if !a.IsValid() {
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() != b.IsNil() {
			return fmt.Sprintf("%s: %v against %v", path, a, b)
		}
		return differ(a.Elem(), b.Elem(), path)
	case reflect.Slice:
		if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
			return fmt.Sprintf("%s: %d against %d items", path, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := differ(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", path, i)); d != "" {
				return d
			}
		}
	case reflect.Struct:
		for i := range a.NumField() {
			f := a.Type().Field(i)
			if f.Type == reflect.TypeFor[Pos]() || f.Type == reflect.TypeFor[Span]() || f.Name == "Quoted" || f.Name == "Whole" {
				continue
			}
			if d := differ(a.Field(i), b.Field(i), path+"."+f.Name); d != "" {
				return d
			}
		}
	default:
		if !a.Equal(b) {
			return fmt.Sprintf("%s: %v against %v", path, a, b)
		}
	}
	return ""
}

// nodes calls f for each node of a tree.
func nodes(n any, f func(Node)) { visit(reflect.ValueOf(n), f) }

func visit(v reflect.Value, f func(Node)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			visit(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), f)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Pos]() || v.Type() == reflect.TypeFor[Span]() {
			return
		}
		if v.CanAddr() {
			if n, ok := v.Addr().Interface().(Node); ok {
				f(n)
			}
		}
		for i := range v.NumField() {
			visit(v.Field(i), f)
		}
	}
}
