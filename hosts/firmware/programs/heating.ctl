# Keeps a room at a temperature. Everything is in tenths of a degree.
var wanted = 210
var room = 180
var outside = 50
var sensors = 3
var heater = 0
var rounds = 0

fn limit(value, low, high)
  if value < low
    return low
  end
  if value > high
    return high
  end
  return value
end

fn mean(sum, count)
  return sum / count
end

# Reads the sensors, each of which is a little off.
fn measure(working)
  var sum = 0
  var left = working
  while left > 0
    sum = sum + room + left - 2
    left = left - 1
  end
  return mean(sum, working)
end

fn regulate(now)
  var error = wanted - now
  var power = limit(error * 4, 0, 100)
  return power
end

while 1
  rounds = rounds + 1
  heater = regulate(measure(sensors))
  room = room + heater / 8 - (room - outside) / 20
  if rounds % 5000 == 0
    sensors = sensors - 1
  end
  wait 20
end
