package sql

import "reflect"

var (
	spanType = reflect.TypeFor[Span]()
	posType  = reflect.TypeFor[Pos]()
)

// Relocate copies a tree with every place in it replaced by one: what is wrong with the query of a view
// is told where the view is used, when the text that made the view is not at hand any more.
func Relocate[T any](tree T, to Span) T {
	return relocated(reflect.ValueOf(&tree).Elem(), to).Interface().(T)
}

func relocated(v reflect.Value, to Span) reflect.Value {
	switch v.Type() {
	case spanType:
		return reflect.ValueOf(to)
	case posType:
		return reflect.ValueOf(to.From)
	}
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return out
		}
		kid := relocated(v.Elem(), to)
		if v.Kind() == reflect.Interface {
			out.Set(kid)
			return out
		}
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(kid)
	case reflect.Slice:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(relocated(v.Index(i), to))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(relocated(v.Field(i), to))
		}
	default:
		out.Set(v)
	}
	return out
}
