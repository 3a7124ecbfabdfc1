package io.vbucket.rebalance.testkit.explore.model;

import io.vbucket.rebalance.orchestrator.move.MovePhase;
import io.vbucket.rebalance.orchestrator.takeover.FailureReason;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Reduces what the cores keep, and what they tell each other, to what they decide by.
 *
 * <p><b>Reductions.</b> Each of them puts together states from which the same follows:
 *
 * <ul>
 *   <li>Texts for operators decide nothing: it is only kept whether there is one.
 *   <li>Of the reason of a failure the cores only ever ask whether another attempt may help, so all reasons of which that is true are one.
 *   <li>The last phase that was told, and the count of failures by which a pause grows, are for observers and clocks.
 *   <li>Questions are numbered 1, 2, 3 ..., and numbers are only compared for being the same. So the last question has the number 0 here, and the ones
 *       before it count down; of answers that no number of the core matches it does not matter which they are to (see {@link Questions}).
 * </ul>
 *
 * What a schedule shows is taken before the reduction. Works on records of any kind, so that it need not know what the cores keep: it goes by the names
 * and types of their components.
 */
final class Essence {
  /** Stands for any text that is not empty. */
  static final String SOMETHING = "...";

  private static final Set<String> TEXTS = Set.of("detail", "why", "left", "reason", "what", "residue");
  private static final Map<Class<?>, Shape> SHAPES = new ConcurrentHashMap<>();

  private record Shape(RecordComponent[] components, Constructor<?> constructor) {}

  private final int lastQuestion;

  private Essence(int lastQuestion) {
    this.lastQuestion = lastQuestion;
  }

  /**
   * @param lastQuestion number that becomes 0
   */
  static <T> T of(T value, int lastQuestion) {
    @SuppressWarnings("unchecked")
    T reduced = (T) new Essence(lastQuestion).reduced("", value);
    return reduced;
  }

  static <T> T of(T value) {
    return of(value, 0);
  }

  private Object reduced(String name, Object value) {
    if (value instanceof String text) {
      return TEXTS.contains(name) && !text.isEmpty() ? SOMETHING : text;
    } else if (value instanceof Integer number) {
      return switch (name) {
        case "question" -> number - lastQuestion;
        case "failures", "inquiry" -> 0;
        default -> number;
      };
    } else if (value instanceof FailureReason reason) {
      return reason.isRetryable() ? FailureReason.NO_PROGRESS : reason;
    } else if (value instanceof MovePhase) {
      return null;
    } else if (value instanceof SortedMap<?, ?> map) {
      TreeMap<Object, Object> reduced = new TreeMap<>();
      map.forEach((key, element) -> reduced.put(key, reduced(name, element)));
      return reduced;
    } else if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream().collect(Collectors.toMap(
          Map.Entry::getKey, entry -> reduced(name.equals("failed") ? "detail" : name, entry.getValue())));
    } else if (value instanceof List<?> list) {
      return list.stream().map(element -> reduced(name, element)).collect(Collectors.toCollection(ArrayList::new));
    } else if (value instanceof Set<?> set) {
      return set.stream().map(element -> reduced(name, element)).collect(Collectors.toCollection(HashSet::new));
    }
    return value instanceof Record record ? reduced(record) : value;
  }

  private Record reduced(Record record) {
    Shape shape = shapeOf(record);
    Object[] values = new Object[shape.components().length];
    boolean changed = false;
    for (int i = 0; i < values.length; i++) {
      RecordComponent component = shape.components()[i];
      Object before = valueOf(record, component);
      values[i] = reduced(component.getName(), before);
      changed |= values[i] == null ? before != null : !values[i].equals(before);
    }
    if (!changed) {
      return record;
    }
    try {
      return (Record) shape.constructor().newInstance(values);
    } catch (ReflectiveOperationException broken) {
      throw new IllegalStateException(record + " cannot be made anew", broken);
    }
  }

  /** The numbers of all questions that a core still knows. */
  static Set<Integer> questionsIn(Object value) {
    Set<Integer> numbers = new HashSet<>();
    collect("", value, numbers);
    return numbers;
  }

  private static void collect(String name, Object value, Set<Integer> numbers) {
    if (value instanceof Integer number && name.equals("question")) {
      numbers.add(number);
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(element -> collect(name, element, numbers));
    } else if (value instanceof Collection<?> elements) {
      elements.forEach(element -> collect(name, element, numbers));
    } else if (value instanceof Record record) {
      for (RecordComponent component : shapeOf(record).components()) {
        collect(component.getName(), valueOf(record, component), numbers);
      }
    }
  }

  private static Object valueOf(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException broken) {
      throw new IllegalStateException(component + " of " + record + " cannot be read", broken);
    }
  }

  private static Shape shapeOf(Record record) {
    return SHAPES.computeIfAbsent(record.getClass(), type -> {
      RecordComponent[] components = type.getRecordComponents();
      Class<?>[] types = new Class<?>[components.length];
      for (int i = 0; i < types.length; i++) {
        types[i] = components[i].getType();
        components[i].getAccessor().setAccessible(true);
      }
      try {
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return new Shape(components, constructor);
      } catch (NoSuchMethodException impossible) {
        throw new IllegalStateException("every record has this constructor", impossible);
      }
    });
  }
}
