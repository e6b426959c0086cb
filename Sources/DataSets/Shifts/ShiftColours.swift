// Contrast and brightness, as make_cifar_c.py computes them in Float64. Each step is the reference's, since cutting
// off to whole grey levels shows the last bit.

/// (x − mean) · factor + mean with each channel's own mean, cut off to whole grey levels.
func contrast(_ pixels: Span<UInt8>, shape: ImageShape, factor: Double) -> [Float] {
  let size = shape.height * shape.width
  let units = unitValues.span
  return [Float](capacity: shape.count) { output in
    for channel in 0..<shape.channels {
      let plane = pixels.extracting(channel * size..<(channel + 1) * size)
      var sum = 0.0
      for i in 0..<size { sum += units[Int(plane[i])] }
      let mean = sum / Double(size)
      for i in 0..<size {
        output.append(greyLevel((units[Int(plane[i])] - mean) * factor + mean))
      }
    }
  }
}

/// V + added in the colour's HSV, hue and saturation kept, cut off to whole grey levels. Grey is its own V.
///
/// - Parameter shape: Of 1 or 3 channels.
func brightness(_ pixels: Span<UInt8>, shape: ImageShape, added: Double) -> [Float] {
  let units = unitValues.span
  guard shape.channels == 3 else {
    return [Float](capacity: shape.count) { output in
      for i in pixels.indices { output.append(greyLevel(units[Int(pixels[i])] + added)) }
    }
  }
  let size = shape.height * shape.width
  var result = [Float](repeating: 0, count: shape.count)
  for i in 0..<size {
    var colour = HSV(
      red: units[Int(pixels[i])], green: units[Int(pixels[size + i])],
      blue: units[Int(pixels[2 * size + i])])
    colour.value = min(colour.value + added, 1)
    let (red, green, blue) = colour.primaries
    result[i] = greyLevel(red)
    result[size + i] = greyLevel(green)
    result[2 * size + i] = greyLevel(blue)
  }
  return result
}

/// Hue, saturation and value, each 0 to 1, by the steps of skimage.color's rgb2hsv and hsv2rgb.
private struct HSV {
  let hue: Double
  let saturation: Double
  var value: Double

  init(red: Double, green: Double, blue: Double) {
    value = max(red, green, blue)
    let range = value - min(red, green, blue)
    guard range > 0 else {
      (hue, saturation) = (0, 0)
      return
    }
    saturation = range / value
    // Of two equal primaries the later one counts.
    let sixths =
      if blue == value {
        4 + (red - green) / range
      } else if green == value {
        2 + (blue - red) / range
      } else {
        (green - blue) / range
      }
    hue = sixths < 0 ? sixths / 6 + 1 : sixths / 6
  }

  var primaries: (red: Double, green: Double, blue: Double) {
    let sector = Int(hue * 6)
    let f = hue * 6 - Double(sector)
    let p = value * (1 - saturation)
    let q = value * (1 - f * saturation)
    let t = value * (1 - (1 - f) * saturation)
    switch sector % 6 {
    case 0: return (value, t, p)
    case 1: return (q, value, p)
    case 2: return (p, value, t)
    case 3: return (p, q, value)
    case 4: return (t, p, value)
    default: return (value, p, q)
    }
  }
}
