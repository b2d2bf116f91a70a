/// A view that should have been there was not; `#require` takes no views, because they must not escape.
struct ViewMissing: Error {}

@_lifetime(copy view)
func present<View: ~Escapable>(_ view: consuming View?) throws(ViewMissing) -> View {
    guard let view else { throw ViewMissing() }
    return view
}
